package dev.freshet.subscriber.metrics;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts durations by size. One thread may record at a time. Any thread may read at the same time; it sees a state that is at
 * most a few recordings old.
 *
 * <p>The thread that evicts records at least once for each invalidation, so a recording costs a binary search and two stores.
 */
final class MicrosHistogram {

    /** The upper bounds of the buckets: dense in the range of a healthy stale window, sparse up to a minute. */
    private static final long[] BOUNDS_MICROS = {
        50,
        100,
        200,
        300,
        500,
        700,
        1_000,
        1_500,
        2_000,
        3_000,
        5_000,
        7_000,
        10_000,
        20_000,
        50_000,
        100_000,
        200_000,
        500_000,
        1_000_000,
        2_000_000,
        5_000_000,
        10_000_000,
        30_000_000,
        60_000_000
    };

    private final AtomicLongArray counts = new AtomicLongArray(BOUNDS_MICROS.length + 1);
    private final AtomicLong sumMicros = new AtomicLong();
    private final AtomicLong negatives = new AtomicLong();

    /** Returns the upper bounds in seconds; the last one is infinite. */
    static double[] boundsSeconds() {
        double[] seconds = new double[BOUNDS_MICROS.length + 1];
        for (int i = 0; i < BOUNDS_MICROS.length; i++) {
            // Divided, not multiplied by 1e-6, so that 0.0002 prints as 2.0E-4.
            seconds[i] = BOUNDS_MICROS[i] / 1e6;
        }
        seconds[BOUNDS_MICROS.length] = Double.POSITIVE_INFINITY;
        return seconds;
    }

    /** Counts a duration {@code times} times. A negative one counts as 0 and as negative. */
    void record(long micros, long times) {
        if (micros < 0) {
            negatives.setRelease(negatives.getPlain() + times);
        }
        long recorded = Math.max(0, micros);
        int found = Arrays.binarySearch(BOUNDS_MICROS, recorded);
        int bucket = found >= 0 ? found : -found - 1;
        counts.setRelease(bucket, counts.getPlain(bucket) + times);
        sumMicros.setRelease(sumMicros.getPlain() + recorded * times);
    }

    /** Returns how many durations fell into each bucket; not cumulative. */
    long[] counts() {
        long[] copy = new long[counts.length()];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = counts.getAcquire(i);
        }
        return copy;
    }

    double sumSeconds() {
        return sumMicros.getAcquire() / 1e6;
    }

    /** Returns how many durations were negative. */
    long negatives() {
        return negatives.getAcquire();
    }
}
