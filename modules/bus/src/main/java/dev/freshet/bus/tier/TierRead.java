package dev.freshet.bus.tier;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a read of a {@link RedisTier} found. */
public sealed interface TierRead {

    /**
     * A value. No invalidation that concerns it was appended between its load and the read.
     *
     * @param lease the state of the region
     * @param left how long the key lives on in Redis; counted from before the read, it is never longer
     * @param age how long ago the value was stored there
     */
    record Found(TierLease lease, TierValue value, Duration left, Duration age) implements TierRead {}

    /**
     * There is no value.
     *
     * @param lease the state of the region
     * @param loadedUnder the name of the claim under which the key is being loaded: the caller's own, or another process'; null if the
     *     caller claimed nothing
     */
    record Absent(TierLease lease, @Nullable String loadedUnder) implements TierRead {

        /** Whether another process loads the key than the one with this claim. */
        public boolean isLoadedByAnother(TierClaim claim) {
            return loadedUnder != null && !loadedUnder.equals(claim.name());
        }
    }

    /** Nothing is known, so nothing can be stored: Redis is unavailable, or the region has no history there yet. */
    record Unavailable(String why) implements TierRead {}
}
