package dev.freshet.schema;

import java.util.List;

/** What to evict from a region. The set is closed: a reader that meets a selector it does not know resets the region. */
public sealed interface Selector {

    /**
     * The entries with these keys.
     *
     * @param keys 1 to {@value Limits#MAX_NAMES_PER_SELECTOR} valid names, in any order
     */
    record Keys(List<String> keys) implements Selector {
        public Keys {
            keys = requireNames("key", keys);
        }
    }

    /**
     * The entries that were stored with at least one of these tags.
     *
     * @param tags 1 to {@value Limits#MAX_NAMES_PER_SELECTOR} valid names, in any order
     */
    record Tags(List<String> tags) implements Selector {
        public Tags {
            tags = requireNames("tag", tags);
        }
    }

    /**
     * The entries whose key begins with one of these prefixes.
     *
     * @param prefixes 1 to {@value Limits#MAX_NAMES_PER_SELECTOR} valid names, in any order
     */
    record Prefixes(List<String> prefixes) implements Selector {
        public Prefixes {
            prefixes = requireNames("prefix", prefixes);
        }
    }

    /** Every entry of the region. */
    record All() implements Selector {
        private static final All INSTANCE = new All();
    }

    /** Selects the entries with these keys. */
    static Selector keys(String... keys) {
        return new Keys(List.of(keys));
    }

    /** Selects the entries with at least one of these tags. */
    static Selector tags(String... tags) {
        return new Tags(List.of(tags));
    }

    /** Selects the entries whose key begins with one of these prefixes. */
    static Selector prefixes(String... prefixes) {
        return new Prefixes(List.of(prefixes));
    }

    /** Selects every entry of the region. */
    static Selector all() {
        return All.INSTANCE;
    }

    private static List<String> requireNames(String what, List<String> names) {
        if (names.isEmpty() || names.size() > Limits.MAX_NAMES_PER_SELECTOR) {
            throw new IllegalArgumentException("a selector holds 1 to " + Limits.MAX_NAMES_PER_SELECTOR
                    + " names of kind " + what + ", not " + names.size());
        }
        List<String> copy = List.copyOf(names);
        for (String name : copy) {
            Syntax.requireName(what, name);
        }
        return copy;
    }
}
