package dev.freshet.schema;

import java.util.List;

/**
 * What to evict from a region. Immutable.
 *
 * <p>The set is closed: a reader that meets an unknown selector resets the region.
 */
public sealed interface Selector {

    /** The kind of names in a selector. */
    enum Kind {
        KEYS("keys"),
        TAGS("tags"),
        PREFIXES("prefixes"),
        ALL("all");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** Returns the name of this kind in JSON and in the command line. */
        public String label() {
            return label;
        }
    }

    /** Returns the kind of the {@link #names}. */
    Kind kind();

    /** Returns the keys, tags or prefixes; empty for {@link All}. */
    List<String> names();

    /** Returns the number of names, or one for {@link All}. Queues and records are bounded by it. */
    default int size() {
        return Math.max(1, names().size());
    }

    /** Returns whether the selector may match any number of entries: true for every kind but keys. */
    default boolean isBroad() {
        return kind() != Kind.KEYS;
    }

    /**
     * The entries with these keys.
     *
     * @param keys 1 to {@value Limits#MAX_NAMES_PER_SELECTOR} valid names, in any order
     */
    record Keys(List<String> keys) implements Selector {
        public Keys {
            keys = requireNames("key", keys);
        }

        @Override
        public Kind kind() {
            return Kind.KEYS;
        }

        @Override
        public List<String> names() {
            return keys;
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

        @Override
        public Kind kind() {
            return Kind.TAGS;
        }

        @Override
        public List<String> names() {
            return tags;
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

        @Override
        public Kind kind() {
            return Kind.PREFIXES;
        }

        @Override
        public List<String> names() {
            return prefixes;
        }
    }

    /** Every entry of the region. */
    record All() implements Selector {
        private static final All INSTANCE = new All();

        @Override
        public Kind kind() {
            return Kind.ALL;
        }

        @Override
        public List<String> names() {
            return List.of();
        }
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

    /**
     * Returns a selector of a kind with these names.
     *
     * @param names valid names; none for {@link Kind#ALL}
     * @throws IllegalArgumentException if a name is not valid, or there are too few or too many
     */
    static Selector of(Kind kind, List<String> names) {
        return switch (kind) {
            case KEYS -> new Keys(names);
            case TAGS -> new Tags(names);
            case PREFIXES -> new Prefixes(names);
            case ALL -> {
                if (!names.isEmpty()) {
                    throw new IllegalArgumentException("a selector of kind all takes no names, not " + names.size());
                }
                yield all();
            }
        };
    }

    private static List<String> requireNames(String what, List<String> names) {
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a selector needs at least one name of kind " + what
                    + ": if nothing changed, there is nothing to say");
        }
        if (names.size() > Limits.MAX_NAMES_PER_SELECTOR) {
            throw new IllegalArgumentException("a selector holds at most " + Limits.MAX_NAMES_PER_SELECTOR
                    + " names of kind " + what + ", not " + names.size() + "; use several selectors");
        }
        List<String> copy = List.copyOf(names);
        for (String name : copy) {
            Syntax.requireName(what, name);
        }
        return copy;
    }
}
