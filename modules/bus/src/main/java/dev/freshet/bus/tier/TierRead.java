package dev.freshet.bus.tier;

import java.time.Duration;

/** What a read of a {@link RedisTier} found. */
public sealed interface TierRead {

    /**
     * A value. No invalidation that concerns it was appended between its load and the read.
     *
     * @param lease the state of the region
     * @param left how long the key lives on in Redis, counted from before the read: never longer than Redis keeps it
     * @param age how long ago the value was stored there
     */
    record Found(TierLease lease, TierValue value, Duration left, Duration age) implements TierRead {}

    /** There is no value. */
    record Absent(TierLease lease) implements TierRead {}

    /** Nothing is known, so nothing can be stored: Redis is unavailable, or the region has no history there yet. */
    record Unavailable(String why) implements TierRead {}
}
