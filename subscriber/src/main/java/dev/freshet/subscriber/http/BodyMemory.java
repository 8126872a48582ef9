package dev.freshet.subscriber.http;

import dev.freshet.service.http.Problem;
import dev.freshet.service.http.RequestMemory;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bounds how many bytes the bodies of all requests hold until they are complete. Safe to use from any thread. */
final class BodyMemory {

    /** All bodies together hold at most this part of the heap, but at least one may have the maximum length. */
    private static final int HEAP_SHARE = 8;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger(BodyMemory.class);

    private final RequestMemory memory;
    private final LongAdder refused = new LongAdder();

    /** @param largestBytes the maximum length of a body */
    BodyMemory(long heapBytes, long largestBytes) {
        long maximum = Math.max(heapBytes / HEAP_SHARE, largestBytes);
        memory = new RequestMemory(maximum, largestBytes);
        log.info("bodies of requests in flight hold at most {} bytes", maximum);
    }

    RequestMemory.Share open() {
        return memory.open();
    }

    /** Counts a body that finds no memory, and returns the answer. */
    Problem refuse() {
        refused.increment();
        return Problem.of(
                        503,
                        "bodies-full",
                        "The requests in flight hold nearly all of the bytes that they may hold, an eighth of the heap. Use the"
                                + " value without storing it, or repeat the request.")
                .withRetryAfter(RETRY_AFTER);
    }

    /** Returns how many bytes all bodies hold. */
    long heldBytes() {
        return memory.heldBytes();
    }

    /** Returns how many bodies were refused. */
    long refused() {
        return refused.sum();
    }
}
