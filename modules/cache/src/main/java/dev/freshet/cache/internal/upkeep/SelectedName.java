package dev.freshet.cache.internal.upkeep;

import dev.freshet.schema.Selector;
import java.util.List;

/**
 * One name of a selector, as a key of a map.
 *
 * @param kind of which kind it is
 * @param text the key, tag or prefix; empty for everything
 */
public record SelectedName(Selector.Kind kind, String text) {

    /** Stands for everything. */
    public static final SelectedName ALL = new SelectedName(Selector.Kind.ALL, "");

    /** Returns the selector of this name alone. */
    public Selector selector() {
        return kind == Selector.Kind.ALL ? Selector.all() : Selector.of(kind, List.of(text));
    }
}
