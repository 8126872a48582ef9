package dev.freshet.demo.check;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the load's results of one replica of the application. Safe to use from any thread. */
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

    /** Returns the number of answers from the cache. */
    public long hits() {
        return hits.get();
    }

    /** Returns the number of answers that the cache lacked. */
    public long misses() {
        return misses.get();
    }

    /** Returns the number of answers from the database because the subscriber did not answer, or gave no lease. */
    public long bypasses() {
        return bypasses.get();
    }

    /** Returns the number of answers that missed an acknowledged write, inside the window or outside. */
    public long stale() {
        return stale.get();
    }

    /** Returns the number of reads without an answer. */
    public long failures() {
        return failures.get();
    }

    /** Returns the number of all answers. */
    public long answers() {
        return hits() + misses() + bypasses();
    }

    /** Returns the share of answers from the cache, 0 to 1; NaN if there are none. */
    public double hitRate() {
        return (double) hits() / answers();
    }
}
