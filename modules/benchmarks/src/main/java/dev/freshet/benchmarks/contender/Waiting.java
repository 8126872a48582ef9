package dev.freshet.benchmarks.contender;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition, for at most 30 s. */
final class Waiting {

    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private Waiting() {}

    static void on(CountDownLatch latch) {
        until(() -> latch.getCount() == 0);
    }

    static void until(BooleanSupplier condition) {
        long sinceNanos = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - sinceNanos > DEADLINE_NANOS) {
                throw new IllegalStateException("The condition did not become true within 30 s");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
