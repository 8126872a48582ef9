package dev.freshet.cache;

import java.util.Locale;

/** Why a store was refused. */
public enum Refusal {
    /** The key, one of the tags, a prefix of the key or the region was invalidated after the lease was handed out. */
    INVALIDATED,
    /** The region was reset after the lease was handed out. */
    RESET,
    /** The lease is older than its time to live, or had to make room for newer ones. */
    EXPIRED,
    /** A store was made under this lease before. */
    USED,
    /** The lease is of another process, another life of it, another region or another key. */
    FOREIGN,
    /** The text is not a lease. */
    UNKNOWN,
    /** An invalidation of the key named a higher version. */
    VERSION,
    /** The store named no lease, and the region wants one. */
    UNLEASED,
    /** The entry alone would exceed the region's bytes. */
    TOO_LARGE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name as problems and metrics write it. */
    public String label() {
        return label;
    }
}
