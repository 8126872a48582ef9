package dev.freshet.cache;

/** What a region does with a store that names no lease. */
public enum UnleasedStores {
    /** Refuses it. */
    REFUSE,
    /** Keeps it; for warm-up. A value that was read before an invalidation may then come back after the invalidation. */
    ACCEPT
}
