package dev.freshet.bus.internal.append;

import dev.freshet.schema.SelectorParts;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the appender: bounded, and taken all at once. Any number of threads offer; one takes. Its bound counts
 * each key, tag and prefix, because that is what takes room.
 *
 * <p>Who offers while the taker waits for work may claim the taker's place instead, and does the work itself, or has it done.
 * Whoever has the place takes what has come meanwhile with {@link #takeOrRelease}, until nothing has, which hands the place
 * back: that saves the wait until the taker is awake. Between claim and release the taker does not return, so that whoever
 * is at work is alone, and sees what the one before it did. Nothing overtakes: a claim is only given where nothing waits.
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
    private boolean isClaimed;

    /** The taker would have something else to do if the place was not claimed; it is not claimed again before that. */
    private boolean takerIsHeldUp;

    AppendQueue(int maximumWeight) {
        this.maximumWeight = maximumWeight;
    }

    /** What became of an offer. */
    enum Offer {
        TAKEN,
        /** It is not in the queue: the caller has the taker's place, and must hand it back. */
        CLAIMED,
        FULL,
        CLOSED
    }

    /** Offers a change; with {@code mayClaim} the answer may be that the caller is to begin with it. */
    Offer offer(Submission submission, boolean mayClaim) {
        int more = SelectorParts.weigh(submission.selectors());
        lock.lock();
        try {
            if (isClosed) {
                return Offer.CLOSED;
            }
            // One that is larger than the bound goes when nothing else waits, or it never could.
            if (weight > 0 && weight + more > maximumWeight) {
                return Offer.FULL;
            }
            if (mayClaim && takerWaits && !takerIsHeldUp && !isClaimed && waiting.isEmpty()) {
                isClaimed = true;
                return Offer.CLAIMED;
            }
            waiting.add(submission);
            weight += more;
            if (takerWaits && !isClaimed) {
                filled.signal();
            }
            return Offer.TAKEN;
        } finally {
            lock.unlock();
        }
    }

    /** Offers changes, in this order, as long as there is room. Returns how many were taken; none where it is closed. */
    int offerAll(List<Submission> submissions) {
        lock.lock();
        try {
            int taken = 0;
            while (taken < submissions.size() && !isClosed) {
                Submission next = submissions.get(taken);
                int more = SelectorParts.weigh(next.selectors());
                if (weight > 0 && weight + more > maximumWeight) {
                    break;
                }
                waiting.add(next);
                weight += more;
                taken++;
            }
            if (taken > 0 && takerWaits && !isClaimed) {
                filled.signal();
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hands the taker's place back.
     *
     * @param undone what the caller could not begin with, to be taken like any other; null if it did
     */
    void release(@Nullable Submission undone) {
        lock.lock();
        try {
            if (undone != null) {
                waiting.add(0, undone);
                weight += SelectorParts.weigh(undone.selectors());
            }
            handBack();
        } finally {
            lock.unlock();
        }
    }

    /** For who has the taker's place: takes all that waits, or hands the place back, which an empty list says. */
    List<Submission> takeOrRelease() {
        lock.lock();
        try {
            if (waiting.isEmpty() || takerIsHeldUp) {
                handBack();
                return List.of();
            }
            return swap();
        } finally {
            lock.unlock();
        }
    }

    private void handBack() {
        isClaimed = false;
        if (takerIsHeldUp || !waiting.isEmpty() || isClosed) {
            filled.signal();
        }
    }

    /** Takes all that waits; an empty list after the timeout, or when closed and empty. */
    List<Submission> takeAll(long timeoutNanos) throws InterruptedException {
        lock.lock();
        try {
            takerWaits = true;
            try {
                long left = timeoutNanos;
                while ((isClaimed || (waiting.isEmpty() && !isClosed)) && left > 0) {
                    left = filled.awaitNanos(left);
                }
            } finally {
                // Not even an interrupted taker may go on while somebody is in its place.
                takerIsHeldUp = true;
                while (isClaimed) {
                    filled.awaitUninterruptibly();
                }
                takerIsHeldUp = false;
                takerWaits = false;
            }
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
