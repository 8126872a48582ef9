package dev.freshet.testkit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Pauses between two polls. */
final class Pause {

    private Pause() {}

    /**
     * Waits for about this long.
     *
     * @throws IllegalStateException if the thread is interrupted
     */
    static void millis(long millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
        if (Thread.currentThread().isInterrupted()) {
            throw new IllegalStateException("Interrupted while waiting");
        }
    }
}
