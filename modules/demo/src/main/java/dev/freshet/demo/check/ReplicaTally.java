package dev.freshet.demo.check;

import java.util.concurrent.atomic.AtomicLong;

/** What the load saw of one replica of the application. Safe to use from any thread. */
public final class ReplicaTally {

    private final AtomicLong hits = new AtomicLong();
    private final AtomicLong misses = new AtomicLong();
    private final AtomicLong bypasses = new AtomicLong();
    private final AtomicLong stale = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();

    void countHit() {
        hits.incrementAndGet();
    }

    void countMiss() {
        misses.incrementAndGet();
    }

    void countBypass() {
        bypasses.incrementAndGet();
    }

    void countStale() {
        stale.incrementAndGet();
    }

    void countFailure() {
        failures.incrementAndGet();
    }

    /** Answers out of the cache. */
    public long hits() {
        return hits.get();
    }

    /** Answers that the cache did not have. */
    public long misses() {
        return misses.get();
    }

    /** Answers from the database because the subscriber did not answer, or gave no lease. */
    public long bypasses() {
        return bypasses.get();
    }

    /** Answers that missed an acknowledged write, inside the window or outside. */
    public long stale() {
        return stale.get();
    }

    /** Reads without an answer. */
    public long failures() {
        return failures.get();
    }

    /** All answers. */
    public long answers() {
        return hits() + misses() + bypasses();
    }

    /** The share of answers out of the cache, 0 to 1; NaN without any. */
    public double hitRate() {
        return (double) hits() / answers();
    }
}
