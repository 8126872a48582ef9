package dev.freshet.cache;

import java.util.Locale;

/** Why a store was refused. */
public enum Refusal {
    /** The key, one of the tags, a prefix of the key or the region was invalidated after the lease was handed out. */
    INVALIDATED,
    /** The region was reset after the lease was handed out. */
    RESET,
    /** The lease is older than its time to live, or ended early because too many leases were outstanding. */
    EXPIRED,
    /** The lease was used for a store before. */
    USED,
    /** The lease was handed out by another process, before a restart, for another region or for another key. */
    FOREIGN,
    /** The text is not a lease. */
    UNKNOWN,
    /** An invalidation of the key named a higher version. */
    VERSION,
    /** The store named no lease, and the region requires one. */
    UNLEASED,
    /** The entry alone would exceed the region's bytes. */
    TOO_LARGE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name as problems and metrics write it. */
    public String label() {
        return label;
    }
}
