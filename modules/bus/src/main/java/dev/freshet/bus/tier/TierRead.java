package dev.freshet.bus.tier;

import java.time.Duration;

/** What a read of a {@link RedisTier} brought. */
public sealed interface TierRead {

    /**
     * A value, and nothing that concerned it was appended before the read.
     *
     * @param lease where the region's log stood
     * @param left how long the key lives on in Redis, counted from before the read: never longer than Redis keeps it
     * @param age how long ago it was stored there
     */
    record Found(TierLease lease, TierValue value, Duration left, Duration age) implements TierRead {}

    /** No value. */
    record Absent(TierLease lease) implements TierRead {}

    /** Nothing is known, so nothing can be stored: Redis is away, or the region has no history there yet. */
    record Unavailable(String why) implements TierRead {}
}
