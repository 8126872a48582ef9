package dev.freshet.testkit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The faults of one direction of a proxy. Threads can wait for them to end, by a lock whose waits end within parts of a
 * millisecond: those of a monitor are whole milliseconds. Thread-safe.
 */
final class Faults {

    private static final long UNLIMITED = Long.MAX_VALUE;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private long latencyNanos;
    private long bytesPerSecond = UNLIMITED;
    private boolean blackholed;
    private boolean stalled;
    private long resetAfterBytes = UNLIMITED;
    private long resetOrders;
    private long passedBytes;

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private long read(LongSupplier value) {
        lock.lock();
        try {
            return value.getAsLong();
        } finally {
            lock.unlock();
        }
    }

    void latency(long nanos) {
        change(() -> latencyNanos = nanos);
    }

    void drip(long perSecond) {
        change(() -> bytesPerSecond = perSecond);
    }

    void blackhole() {
        change(() -> blackholed = true);
    }

    void stall() {
        change(() -> stalled = true);
    }

    void resetAfter(long bytes) {
        change(() -> {
            resetAfterBytes = bytes;
            resetOrders++;
        });
    }

    void heal() {
        change(() -> {
            latencyNanos = 0;
            bytesPerSecond = UNLIMITED;
            blackholed = false;
            stalled = false;
            resetAfterBytes = UNLIMITED;
            resetOrders++;
        });
    }

    boolean isBlackholed() {
        return read(() -> blackholed ? 1 : 0) == 1;
    }

    long bytesPerSecond() {
        return read(() -> bytesPerSecond);
    }

    boolean isDripping() {
        return bytesPerSecond() != UNLIMITED;
    }

    /** Returns how many bytes a connection may pass on after it first sees the current order to reset. */
    long resetAfterBytes() {
        return read(() -> resetAfterBytes);
    }

    /** Returns a number that changes with each order to reset and with each end of such an order. */
    long resetOrders() {
        return read(() -> resetOrders);
    }

    void passed(long bytes) {
        change(() -> passedBytes += bytes);
    }

    long passedBytes() {
        return read(() -> passedBytes);
    }

    /** Waits until bytes that arrived at this time may be passed on: their latency is over, and no stall holds them back. */
    void awaitDue(long arrivedNanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                long remainingNanos = arrivedNanos + latencyNanos - System.nanoTime();
                if (stalled) {
                    changed.await();
                } else if (remainingNanos > 0) {
                    changed.awaitNanos(remainingNanos);
                } else {
                    return;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the time that this many bytes take at the current rate, or until the rate changes. */
    void awaitDripOf(long bytes) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long rate = bytesPerSecond;
            long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(bytes) / rate;
            long remainingNanos = deadlineNanos - System.nanoTime();
            while (rate == bytesPerSecond && remainingNanos > 0) {
                changed.awaitNanos(remainingNanos);
                remainingNanos = deadlineNanos - System.nanoTime();
            }
        } finally {
            lock.unlock();
        }
    }

    void awaitNoBlackhole() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (blackholed) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }
}
