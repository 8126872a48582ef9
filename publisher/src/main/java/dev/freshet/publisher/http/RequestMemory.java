package dev.freshet.publisher.http;

import java.util.concurrent.atomic.AtomicLong;

/** Bounds how many bytes all requests in flight hold together. Safe to use from any thread. */
final class RequestMemory {

    private final long maximum;
    private final AtomicLong held = new AtomicLong();

    RequestMemory(long maximum) {
        this.maximum = maximum;
    }

    /** Returns the share of one request; it holds nothing yet. */
    Share open() {
        return new Share();
    }

    /** Returns how many bytes all requests hold together. */
    long heldBytes() {
        return held.get();
    }

    /** The bytes that one request holds. Not thread-safe. */
    final class Share {
        private long taken;

        /** Returns how many bytes all requests may hold together. */
        long maximumBytes() {
            return maximum;
        }

        /** Takes bytes. Returns false, and takes none, if there is no room for all of them. */
        boolean tryTake(long bytes) {
            if (held.addAndGet(bytes) <= maximum) {
                taken += bytes;
                return true;
            }
            held.addAndGet(-bytes);
            return false;
        }

        /** Gives back some of the bytes that were taken. */
        void release(long bytes) {
            taken -= bytes;
            held.addAndGet(-bytes);
        }

        /** Gives back all bytes that were taken. */
        void releaseAll() {
            release(taken);
        }
    }
}
