package dev.freshet.demo.load;

/**
 * Adapts the load to the machine: less where changes take long to arrive, more where they do not. Between a twentieth and all of the
 * reads that were asked for, and at least half of the writes. Used by one thread; what it says may be read from any thread.
 */
public final class Pace {

    private static final double LEAST = 0.05;
    private static final double LEAST_OF_WRITES = 0.5;
    private static final long FAST_MICROS = 1_500;
    private static final long SLOW_MICROS = 2_500;

    private volatile double share = 0.2;

    /** Returns the part of the reads to send, at most 1. */
    public double shareOfReads() {
        return share;
    }

    /** Returns the part of the writes to send, at most 1. They are few, and what the demo is about. */
    public double shareOfWrites() {
        return Math.max(LEAST_OF_WRITES, share);
    }

    /**
     * Notes how it went lately.
     *
     * @param medianStaleMicros the median stale window
     * @param isCongested whether answers are waited for in great number
     */
    public void observe(long medianStaleMicros, boolean isCongested) {
        if (isCongested || medianStaleMicros > SLOW_MICROS) {
            share = Math.max(LEAST, share * 0.7);
        } else if (medianStaleMicros < FAST_MICROS) {
            share = Math.min(1, share * 1.25);
        }
    }
}
