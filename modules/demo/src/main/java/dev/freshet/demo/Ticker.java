package dev.freshet.demo;

import java.time.Duration;

/** Says when a time has passed once more. Used by one thread. */
final class Ticker {

    private final long everyNanos;
    private long lastNanos = System.nanoTime();

    Ticker(Duration every) {
        everyNanos = every.toNanos();
    }

    boolean isDue() {
        long nowNanos = System.nanoTime();
        if (nowNanos - lastNanos < everyNanos) {
            return false;
        }
        lastNanos = nowNanos;
        return true;
    }
}
