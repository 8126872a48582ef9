package dev.freshet.bus.internal.redis;

import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next attempt: doubles from 50 ms to 2 s; a random part, up to a half, is taken off. */
public final class Backoff {

    private static final long MIN_MILLIS = 50;
    private static final long MAX_MILLIS = 2_000;

    /** Enough to pass the maximum. */
    private static final int MAX_DOUBLINGS = 6;

    private int failures;

    /** Notes a failure and returns the wait in milliseconds; never 0, never more than 2 s. */
    public long nextMillis() {
        long millis = Math.min(MAX_MILLIS, MIN_MILLIS << Math.min(failures, MAX_DOUBLINGS));
        failures++;
        return millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2) + 1;
    }

    /** Notes a success. */
    public void reset() {
        failures = 0;
    }
}
