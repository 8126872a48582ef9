package dev.freshet.testkit;

import java.util.concurrent.TimeUnit;

/** The faults of one direction of a proxy. Threads can wait for them to end. Thread-safe. */
final class Faults {

    private static final long UNLIMITED = Long.MAX_VALUE;

    private long latencyNanos;
    private long bytesPerSecond = UNLIMITED;
    private boolean blackholed;
    private boolean stalled;
    private long resetAfterBytes = UNLIMITED;
    private long resetOrders;
    private long passedBytes;

    synchronized void latency(long nanos) {
        latencyNanos = nanos;
        notifyAll();
    }

    synchronized void drip(long perSecond) {
        bytesPerSecond = perSecond;
        notifyAll();
    }

    synchronized void blackhole() {
        blackholed = true;
        notifyAll();
    }

    synchronized void stall() {
        stalled = true;
        notifyAll();
    }

    synchronized void resetAfter(long bytes) {
        resetAfterBytes = bytes;
        resetOrders++;
        notifyAll();
    }

    synchronized void heal() {
        latencyNanos = 0;
        bytesPerSecond = UNLIMITED;
        blackholed = false;
        stalled = false;
        resetAfterBytes = UNLIMITED;
        resetOrders++;
        notifyAll();
    }

    synchronized boolean isBlackholed() {
        return blackholed;
    }

    synchronized long bytesPerSecond() {
        return bytesPerSecond;
    }

    synchronized boolean isDripping() {
        return bytesPerSecond != UNLIMITED;
    }

    /** Returns how many bytes a connection may pass on after it first sees the current order to reset. */
    synchronized long resetAfterBytes() {
        return resetAfterBytes;
    }

    /** Returns a number that changes with each order to reset and with each end of such an order. */
    synchronized long resetOrders() {
        return resetOrders;
    }

    synchronized void passed(long bytes) {
        passedBytes += bytes;
    }

    synchronized long passedBytes() {
        return passedBytes;
    }

    /** Waits until bytes that arrived at this time may be passed on: their latency is over, and no stall holds them back. */
    synchronized void awaitDue(long arrivedNanos) throws InterruptedException {
        while (true) {
            long remainingNanos = arrivedNanos + latencyNanos - System.nanoTime();
            if (stalled) {
                wait();
            } else if (remainingNanos > 0) {
                TimeUnit.NANOSECONDS.timedWait(this, remainingNanos);
            } else {
                return;
            }
        }
    }

    /** Waits for the time that this many bytes take at the current rate, or until the rate changes. */
    synchronized void awaitDripOf(long bytes) throws InterruptedException {
        long rate = bytesPerSecond;
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(bytes) / rate;
        while (rate == bytesPerSecond) {
            long remainingNanos = deadlineNanos - System.nanoTime();
            if (remainingNanos <= 0) {
                return;
            }
            TimeUnit.NANOSECONDS.timedWait(this, remainingNanos);
        }
    }

    synchronized void awaitNoBlackhole() throws InterruptedException {
        while (blackholed) {
            wait();
        }
    }
}
