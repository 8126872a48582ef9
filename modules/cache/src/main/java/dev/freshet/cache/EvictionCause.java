package dev.freshet.cache;

import java.util.Locale;

/** Why an entry was evicted before its time. */
public enum EvictionCause {
    /** Its key was invalidated. */
    KEY,
    /** One of its tags was invalidated. */
    TAG,
    /** A prefix of its key was invalidated. */
    PREFIX,
    /** The whole region was invalidated. */
    ALL,
    /** The region was reset, or joined its log. */
    RESET;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name as metrics write it. */
    public String label() {
        return label;
    }
}
