package dev.freshet.cache;

import dev.freshet.bus.ResetReason;
import java.util.Map;

/**
 * A region's counts since it was built, and its current sizes. The counts are read one after the other, not at one instant.
 *
 * @param entries entries in memory; some may be unreadable already, until the sweeper removes them
 * @param weightBytes their bytes; 0 where the region is limited by entries
 * @param hits reads that found something
 * @param misses reads that found nothing
 * @param loads loads that succeeded
 * @param loadFailures loads that failed
 * @param loadNanos time spent in loads
 * @param stores values kept
 * @param refusals stores refused, by reason; holds every reason, with 0 if it never occurred
 * @param evictedForSize entries evicted because the region was full
 * @param expired entries found at or past their time
 * @param invalidated entries evicted by invalidations, by cause; holds every cause
 * @param staleHits evicted entries that had been read between the change and their eviction; 0 unless the region
 *     {@linkplain RegionCacheBuilder#countStaleHits counts them}
 * @param broadInvalidations tags and prefixes remembered, see {@link RegionCacheBuilder#maximumBroadInvalidations}
 * @param sparedEntries entries from before a reset that were still readable at the last sweep, see {@link
 *     RegionCacheBuilder#resetSpread}; an estimate of all entries until the first sweep after the reset
 * @param evictAgainPending names that wait for their second eviction, see {@link RegionCacheBuilder#evictAgainAfter}
 * @param evictedAgain names, and whole regions, evicted a second time
 * @param evictAgainOverflows names for which there was no room, so that the whole region was evicted in their place
 * @param staleCopies copies of dead entries, among {@code entries}, see {@link RegionCacheBuilder#failSafe}
 * @param staleServings how often a copy was returned in place of a load that failed
 * @param refreshes how often a reader was chosen to refresh an entry, see {@link RegionCacheBuilder#refreshAfterWrite}
 * @param refreshesRejected refreshes that the executor rejected
 * @param loadWaiters readers that wait for another's load, see {@link RegionCache#lookupOrAwait}
 * @param loadWaitersRefused readers that were answered at once because too many waited
 * @param leases leases outstanding, see {@link RegionCacheBuilder#maximumLeases}
 * @param leasesExpiredEarly leases that ended early because too many were outstanding
 * @param versionFences versions remembered
 * @param versionFencesDropped versions for which there was no room; each still refuses lower versions of many keys
 * @param listenerFailures calls in which the listener threw an exception
 * @param loadTimeouts callers that a load kept waiting for longer than {@link RegionCacheBuilder#loadTimeout}
 * @param loadsTakenOver callers that began to wait anew, or loaded themselves, because the loading thread was interrupted or its
 *     load took too long
 * @param loadsRejected loads that {@link RegionCacheBuilder#loadExecutor} rejected
 * @param weigherFailures values that were not kept because the weigher failed
 * @param resets how often the region was reset, by the bus or by itself, by reason; holds every reason
 */
public record CacheStats(
        long entries,
        long weightBytes,
        long hits,
        long misses,
        long loads,
        long loadFailures,
        long loadNanos,
        long stores,
        Map<Refusal, Long> refusals,
        long evictedForSize,
        long expired,
        Map<EvictionCause, Long> invalidated,
        long staleHits,
        long broadInvalidations,
        long sparedEntries,
        long evictAgainPending,
        long evictedAgain,
        long evictAgainOverflows,
        long staleCopies,
        long staleServings,
        long refreshes,
        long refreshesRejected,
        long loadWaiters,
        long loadWaitersRefused,
        long leases,
        long leasesExpiredEarly,
        long versionFences,
        long versionFencesDropped,
        long listenerFailures,
        long loadTimeouts,
        long loadsTakenOver,
        long loadsRejected,
        long weigherFailures,
        Map<ResetReason, Long> resets) {

    public CacheStats {
        refusals = Map.copyOf(refusals);
        invalidated = Map.copyOf(invalidated);
        resets = Map.copyOf(resets);
    }
}
