package dev.freshet.publisher.http;

import java.util.concurrent.atomic.AtomicLong;

/** How many bytes of requests are under way, all together, so that memory stays bounded. Safe to use from any thread. */
final class RequestMemory {

    private final long maximum;
    private final AtomicLong underWay = new AtomicLong();

    RequestMemory(long maximum) {
        this.maximum = maximum;
    }

    /** Opens the account of one request. */
    Share open() {
        return new Share();
    }

    long underWay() {
        return underWay.get();
    }

    /** What one request has taken. Not thread-safe. */
    final class Share {
        private long taken;

        /** Takes so many bytes, if there is room for them. */
        boolean tryTake(long bytes) {
            if (underWay.addAndGet(bytes) <= maximum) {
                taken += bytes;
                return true;
            }
            underWay.addAndGet(-bytes);
            return false;
        }

        void release(long bytes) {
            taken -= bytes;
            underWay.addAndGet(-bytes);
        }

        void releaseAll() {
            release(taken);
        }
    }
}
