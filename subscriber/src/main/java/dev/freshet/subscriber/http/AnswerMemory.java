package dev.freshet.subscriber.http;

import java.util.concurrent.atomic.AtomicLong;

/** Bounds how many bytes of values all answers in flight hold that are copies. Safe to use from any thread. */
final class AnswerMemory {

    private final long maximum;
    private final AtomicLong held = new AtomicLong();

    AnswerMemory(long maximumBytes) {
        this.maximum = maximumBytes;
    }

    /** Takes bytes. Returns false, and takes none, if there is no room for all of them. */
    boolean tryTake(long bytes) {
        if (held.addAndGet(bytes) <= maximum) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }

    /** Gives back bytes that were taken. */
    void release(long bytes) {
        held.addAndGet(-bytes);
    }

    /** Returns how many bytes are held. */
    long heldBytes() {
        return held.get();
    }
}
