package dev.freshet.cache;

import dev.freshet.bus.ResetReason;

/**
 * Is told what a region's cache does; for metrics and logs. Called without locks held, on the thread that did it, so
 * implementations must return at once. Exceptions that they throw are caught and counted.
 */
public interface CacheListener {

    /** Ignores everything. */
    CacheListener NONE = new CacheListener() {};

    /**
     * Invalidations evicted entries. Entries that a tag, a prefix, all or a reset made unreadable are reported when a read or
     * the sweeper finds them, not when the invalidation took effect.
     */
    default void evicted(String region, EvictionCause cause, long count) {}

    /** Evicted entries had been read between the change and their eviction; each entry counts once. */
    default void staleHits(String region, long count) {}

    /** A value was stored. */
    default void stored(String region) {}

    /** A store was refused. */
    default void storeRefused(String region, Refusal reason) {}

    /** A load ended. */
    default void loaded(String region, long tookNanos, boolean failed) {}

    /** The region was reset: by the bus, or by itself ({@link ResetReason#OVERFLOW}). */
    default void reset(String region, ResetReason reason) {}
}
