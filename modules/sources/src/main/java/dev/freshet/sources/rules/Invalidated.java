package dev.freshet.sources.rules;

import dev.freshet.schema.Selector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a change of a row invalidates in one region.
 *
 * @param selectors at least one
 * @param broadenedWhy why more is invalidated than the rules name, if one could not be evaluated: all keys with a prefix, or the whole
 *     region; else null
 */
public record Invalidated(
        String region, List<Selector> selectors, @Nullable String broadenedWhy) {
    public Invalidated {
        selectors = List.copyOf(selectors);
    }
}
