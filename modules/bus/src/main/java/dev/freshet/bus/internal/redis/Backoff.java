package dev.freshet.bus.internal.redis;

import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next attempt: doubles up to a maximum; a random part, up to a half, is taken off. */
public final class Backoff {

    /** Enough to pass any maximum. */
    private static final int MAX_DOUBLINGS = 20;

    private final long minMillis;
    private final long maxMillis;
    private int failures;

    /** Waits from 50 ms to 2 s. */
    public Backoff() {
        this(50, 2_000);
    }

    Backoff(long minMillis, long maxMillis) {
        this.minMillis = minMillis;
        this.maxMillis = maxMillis;
    }

    /** Notes a failure and returns the wait in milliseconds; never 0, never more than the maximum. */
    public long nextMillis() {
        long millis = Math.min(maxMillis, minMillis << Math.min(failures, MAX_DOUBLINGS));
        failures++;
        return millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2) + 1;
    }

    /** Notes a success. */
    public void reset() {
        failures = 0;
    }
}
