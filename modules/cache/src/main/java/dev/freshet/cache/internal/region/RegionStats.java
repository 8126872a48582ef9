package dev.freshet.cache.internal.region;

import dev.freshet.cache.CacheStats;
import dev.freshet.cache.internal.load.LoadWaiters;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.upkeep.DelayedReinvalidation;

/** Puts together what a region's parts count. */
final class RegionStats {

    private RegionStats() {}

    static CacheStats of(
            Recorder recorder, CoherentStore<?> store, DelayedReinvalidation again, LoadWaiters<?> waiters) {
        Recorder.Counts counts = recorder.counts();
        return new CacheStats(
                store.entries().estimatedSize(),
                store.entries().weightBytes(),
                counts.hits(),
                counts.misses(),
                counts.loads(),
                counts.loadFailures(),
                counts.loadNanos(),
                counts.stores(),
                counts.refusals(),
                counts.evictedForSize(),
                counts.expired(),
                counts.invalidated(),
                counts.staleHits(),
                store.fences().outstanding(),
                store.entries().sparedEntries(),
                again.pending(),
                again.evicted(),
                again.overflows(),
                store.entries().copies().count(),
                counts.staleServings(),
                counts.refreshes(),
                counts.refreshesRejected(),
                waiters.count(),
                counts.loadWaitersRefused(),
                store.leases().outstanding(),
                counts.leasesExpiredEarly(),
                store.leases().versionFences(),
                counts.versionFencesDropped(),
                counts.listenerFailures(),
                counts.loadTimeouts(),
                counts.loadsTakenOver(),
                counts.loadsRejected(),
                counts.weigherFailures(),
                counts.resets());
    }
}
