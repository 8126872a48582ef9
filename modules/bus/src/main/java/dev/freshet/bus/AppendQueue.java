package dev.freshet.bus;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What waits for the appender: bounded, and taken all at once. Any number of threads offer; one takes. Its bound counts
 * each key, tag and prefix, because that is what takes room.
 *
 * <p>A plain list under a lock, because the taker swaps the list instead of moving its elements, so that a lock is held
 * for one append to a list at a time, and because the bound can then be exact.
 */
final class AppendQueue {

    private final int maximumWeight;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private List<Submission> waiting = new ArrayList<>();
    private int weight;
    private boolean isClosed;
    private boolean takerWaits;

    AppendQueue(int maximumWeight) {
        this.maximumWeight = maximumWeight;
    }

    /** What became of an offer. */
    enum Offer {
        TAKEN,
        FULL,
        CLOSED
    }

    Offer offer(Submission submission) {
        int more = RecordPacker.weigh(submission.selectors());
        lock.lock();
        try {
            if (isClosed) {
                return Offer.CLOSED;
            }
            // One that is larger than the bound goes when nothing else waits, or it never could.
            if (weight > 0 && weight + more > maximumWeight) {
                return Offer.FULL;
            }
            waiting.add(submission);
            weight += more;
            if (takerWaits) {
                filled.signal();
            }
            return Offer.TAKEN;
        } finally {
            lock.unlock();
        }
    }

    /** Takes all that waits; after the timeout, or when closed and empty, an empty list. */
    List<Submission> takeAll(long timeoutNanos) throws InterruptedException {
        lock.lock();
        try {
            long left = timeoutNanos;
            while (waiting.isEmpty() && !isClosed && left > 0) {
                takerWaits = true;
                left = filled.awaitNanos(left);
            }
            takerWaits = false;
            return swap();
        } finally {
            lock.unlock();
        }
    }

    /** Takes all that waits, without waiting for any. */
    List<Submission> takeRest() {
        lock.lock();
        try {
            return swap();
        } finally {
            lock.unlock();
        }
    }

    private List<Submission> swap() {
        List<Submission> taken = waiting;
        waiting = new ArrayList<>();
        weight = 0;
        return taken;
    }

    /** Refuses what comes from now on. */
    void close() {
        lock.lock();
        try {
            isClosed = true;
            filled.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return isClosed;
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return weight;
        } finally {
            lock.unlock();
        }
    }
}
