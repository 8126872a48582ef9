package dev.freshet.sources.rules;

import dev.freshet.schema.Selector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a change of a row invalidates in one region.
 *
 * @param selectors at least one
 * @param broadenedWhy why the whole region is invalidated, if a rule could not be evaluated; else null
 */
public record Invalidated(
        String region, List<Selector> selectors, @Nullable String broadenedWhy) {
    public Invalidated {
        selectors = List.copyOf(selectors);
    }
}
