package dev.freshet.spring;

import java.util.concurrent.atomic.LongAdder;

/** What all caches of a manager count together. */
final class Counts {

    final LongAdder storesWithoutLease = new LongAdder();
    final LongAdder untrackedLoads = new LongAdder();
    final LongAdder evictionsFailed = new LongAdder();

    FreshetCacheStats stats() {
        return new FreshetCacheStats(storesWithoutLease.sum(), untrackedLoads.sum(), evictionsFailed.sum());
    }
}
