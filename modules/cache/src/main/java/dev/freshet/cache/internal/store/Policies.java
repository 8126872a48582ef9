package dev.freshet.cache.internal.store;

import dev.freshet.cache.internal.fence.ResetSpread;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a region does beyond the plain promises; each is off by default.
 *
 * @param resetSpreadNanos over how long the misses of a reset are spread; 0: they all come at once
 * @param evictAgainAfterNanos after how long invalidations take effect again; 0: never
 * @param maximumEvictAgain how many names are remembered for that
 * @param failSafeNanos for how long after it stopped being valid a value may stand in for a load that failed; 0: never
 * @param refreshAfterNanos at which age an entry that is read is refreshed; 0: never
 * @param refreshJitter by what part of that it may be earlier
 * @param refreshExecutor runs those loads
 * @param maximumLoadWaiters how many readers may wait for others' loads
 * @param loadTimeoutNanos how long a caller waits for a load, and how long a load may take before others begin
 * @param softTimeoutNanos after how long a caller that waits takes a copy, if there is one; 0: never
 * @param loadExecutor runs loads; null: the calling thread does
 */
public record Policies(
        long resetSpreadNanos,
        long evictAgainAfterNanos,
        int maximumEvictAgain,
        long failSafeNanos,
        long refreshAfterNanos,
        double refreshJitter,
        Executor refreshExecutor,
        int maximumLoadWaiters,
        long loadTimeoutNanos,
        long softTimeoutNanos,
        @Nullable Executor loadExecutor) {

    /** Whether nobody is to wait any longer for a load that began then. */
    public boolean isOverdue(long startedNanos, long nowNanos) {
        return nowNanos - startedNanos >= loadTimeoutNanos;
    }

    /** When an entry that is stored now is to be refreshed: another age for each key, and for each replica. */
    long refreshDueNanos(String key, long nowNanos, long seed) {
        double fraction = ResetSpread.fraction(key.hashCode() * 0x9E37_79B9_7F4A_7C15L + nowNanos + seed);
        return nowNanos + refreshAfterNanos - (long) (refreshAfterNanos * refreshJitter * fraction);
    }
}
