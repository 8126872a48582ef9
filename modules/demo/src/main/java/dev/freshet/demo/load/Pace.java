package dev.freshet.demo.load;

/**
 * Adapts the load to the machine: less where changes take long to arrive, more where they do not. Between a twentieth and all of the
 * reads that were asked for, and at least half of the writes. Used by one thread; what it says may be read from any thread.
 */
public final class Pace {

    private static final double LEAST = 0.05;
    private static final double LEAST_OF_WRITES = 0.5;
    private final long fastMicros;
    private final long slowMicros;
    private volatile double share = 0.2;

    /**
     * @param fastMicros a change that arrives sooner asks for more load
     * @param slowMicros a change that arrives later asks for less
     */
    public Pace(long fastMicros, long slowMicros) {
        this.fastMicros = fastMicros;
        this.slowMicros = slowMicros;
    }

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
     * @param medianStaleMicros the median time that a change took to arrive
     * @param isCongested whether answers are waited for in great number
     */
    public void observe(long medianStaleMicros, boolean isCongested) {
        if (isCongested || medianStaleMicros > slowMicros) {
            share = Math.max(LEAST, share * 0.7);
        } else if (medianStaleMicros < fastMicros) {
            share = Math.min(1, share * 1.25);
        }
    }
}
