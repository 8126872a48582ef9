package dev.freshet.bus.internal.redis;

import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next attempt: doubling from 50 ms to 2 s, a random half of it taken off. */
public final class Backoff {

    private static final long FIRST_MILLIS = 50;
    private static final int MOST_DOUBLINGS = 5;
    private static final long LONGEST_MILLIS = 2_000;

    private int failures;

    /** Notes a failure and returns the wait in milliseconds; never 0, never more than 2 s. */
    public long nextMillis() {
        long millis = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(failures, MOST_DOUBLINGS + 1));
        failures++;
        return millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2) + 1;
    }

    /** Notes a success. */
    public void reset() {
        failures = 0;
    }
}
