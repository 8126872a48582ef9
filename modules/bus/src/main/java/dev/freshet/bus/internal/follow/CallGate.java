package dev.freshet.bus.internal.follow;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts the calls that are under way, lets no further one in once it is closed, and can then wait for the last. Any thread. */
final class CallGate {

    private static final int CLOSED = Integer.MIN_VALUE;

    /** How many calls are under way; with the highest bit set once the gate is closed. */
    private final AtomicInteger calls = new AtomicInteger();

    /** Begins a call. Returns false if the gate is closed; if it returns true, {@link #exit} must follow. */
    boolean enter() {
        if (calls.incrementAndGet() > 0) {
            return true;
        }
        exit();
        return false;
    }

    /** Ends a call. */
    void exit() {
        if (calls.decrementAndGet() == CLOSED) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    /** Lets no further call in. Does not wait. */
    void close() {
        calls.getAndUpdate(count -> count | CLOSED);
    }

    /** Whether it is closed. Calls may still be under way. */
    boolean isClosed() {
        return calls.get() < 0;
    }

    /** Waits until no call is under way, at most for a time. Returns whether none is. An interrupt does not end the wait. */
    synchronized boolean awaitLast(long nanos) {
        long deadlineNanos = System.nanoTime() + nanos;
        boolean wasInterrupted = false;
        try {
            while (calls.get() != CLOSED) {
                long leftMillis = (deadlineNanos - System.nanoTime() + 999_999) / 1_000_000;
                if (leftMillis <= 0) {
                    return false;
                }
                try {
                    wait(leftMillis);
                } catch (InterruptedException e) {
                    wasInterrupted = true;
                }
            }
            return true;
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
