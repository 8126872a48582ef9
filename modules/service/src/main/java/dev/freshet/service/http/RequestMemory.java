package dev.freshet.service.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds how many bytes all requests in flight hold together. An eighth is kept for requests that hold little, so that large
 * bodies that come slowly keep no small request out. No request gets more than a quarter, unless its largest part needs more.
 * Safe to use from any thread.
 */
public final class RequestMemory {

    /** A request that holds at most this much may use what is kept for small ones. */
    private static final long SMALL_BYTES = 16 << 10;

    private final long maximum;
    private final long maximumForLarge;
    private final long maximumShare;
    private final AtomicLong held = new AtomicLong();

    /**
     * @param maximum the bound, in bytes
     * @param largestPart the largest object, line or value that one request may hold, in bytes; it is never refused while nothing
     *     else is held
     */
    public RequestMemory(long maximum, long largestPart) {
        this.maximum = maximum;
        this.maximumForLarge = Math.max(maximum - maximum / 8, Math.min(maximum, largestPart));
        this.maximumShare = Math.max(maximum / 4, Math.min(maximum, largestPart));
    }

    /** Returns the share of one request; it holds nothing yet. */
    public Share open() {
        return new Share();
    }

    /** Returns how many bytes all requests hold together. */
    public long heldBytes() {
        return held.get();
    }

    /** Never holds more than the bound, not even for a moment: another request would be refused because of one that is refused. */
    private boolean tryHold(long bytes, long bound) {
        long before = held.get();
        while (bytes <= bound - before) {
            long now = held.compareAndExchange(before, before + bytes);
            if (now == before) {
                return true;
            }
            before = now;
        }
        return false;
    }

    /** The bytes that one request holds. Not thread-safe. */
    public final class Share {
        private long taken;
        private boolean isClosed;

        private Share() {}

        /** Returns how many bytes all requests may hold together. */
        public long maximumBytes() {
            return maximum;
        }

        /** Takes bytes. Returns false, and takes none, if there is no room for all of them, or the share is closed. */
        public boolean tryTake(long bytes) {
            long wanted = taken + bytes;
            long bound = wanted <= SMALL_BYTES ? maximum : maximumForLarge;
            if (isClosed || wanted > maximumShare || !tryHold(bytes, bound)) {
                return false;
            }
            taken = wanted;
            return true;
        }

        /** Gives back some of the bytes that were taken. After {@link #close}, none are left to give back. */
        public void release(long bytes) {
            if (!isClosed) {
                taken -= bytes;
                held.addAndGet(-bytes);
            }
        }

        /** Gives back all bytes that were taken. Parts of a body may still arrive after that: nothing can be taken for them. */
        public void close() {
            release(taken);
            isClosed = true;
        }
    }
}
