package dev.freshet.cache;

import java.util.Map;

/**
 * A region's counts since it was built, and its sizes now. The counts are read one after the other, not at one instant.
 *
 * @param entries entries that memory is held for; some may have become unreadable and wait for the sweeper
 * @param weightBytes their bytes; 0 where the region is limited by entries
 * @param hits reads that found something
 * @param misses reads that found nothing
 * @param loads loads that ended well
 * @param loadFailures loads that failed
 * @param loadNanos time spent in loads
 * @param stores values kept
 * @param refusals stores refused, by reason; reasons that never occurred are there with 0
 * @param evictedForSize entries that had to make room
 * @param expired entries found at or past their time
 * @param invalidated entries evicted by invalidations, by cause; all causes are there
 * @param staleHits evicted entries that had been read between the change and their eviction; 0 unless the region
 *     {@linkplain RegionCacheBuilder#countStaleHits counts them}
 * @param broadInvalidations tags and prefixes remembered, see {@link RegionCacheBuilder#maximumBroadInvalidations}
 * @param sparedEntries entries from before a reset that were still readable when the sweeper came by last, see {@link
 *     RegionCacheBuilder#resetSpread}; at first the estimate of all
 * @param evictAgainPending names that wait for their second eviction, see {@link RegionCacheBuilder#evictAgainAfter}
 * @param evictedAgain names, and whole regions, evicted a second time
 * @param evictAgainOverflows names that were too many to remember, and went with the whole region
 * @param staleCopies copies of dead entries, among {@code entries}, see {@link RegionCacheBuilder#failSafe}
 * @param staleServings times that one of them stood in for a load that failed
 * @param refreshes times that a reader was the one to load an entry anew, see {@link RegionCacheBuilder#refreshAfterWrite}
 * @param refreshesRejected those that the executor had no room for
 * @param loadWaiters readers that wait for another's load, see {@link RegionCache#lookupOrAwait}
 * @param loadWaitersRefused those that were answered at once because too many waited
 * @param leases leases outstanding, see {@link RegionCacheBuilder#maximumLeases}
 * @param leasesExpiredEarly leases that had to make room for newer ones
 * @param versionFences versions remembered
 * @param versionFencesDropped versions that had to make room; they go on as a floor for all keys beside them
 * @param listenerFailures calls that a listener threw from
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
        long listenerFailures) {

    public CacheStats {
        refusals = Map.copyOf(refusals);
        invalidated = Map.copyOf(invalidated);
    }
}
