package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.schema.SelectorParts;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for an append, and who leads (the leader/followers pattern). Any thread offers; the leader takes all that waits
 * at once. The bound counts each key, tag and prefix, because that is what takes room.
 *
 * <p>The appending thread leads, except while it waits for work: then a thread that offers may lead instead. Whoever leads in
 * its place takes what came meanwhile with {@link #takeOrResign}, and resigns when nothing did. Meanwhile {@link #takeAll} does
 * not return, so one thread leads at a time and sees what the leader before it did. Nothing overtakes: an offering thread
 * leads only if nothing waits.
 *
 * <p>A plain list under a lock: the leader swaps the list instead of moving its elements, so the lock is held for one add at a
 * time, and the bound is exact.
 */
final class AppendQueue {

    private final int maximumWeight;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private List<Submission> waiting = new ArrayList<>();
    private int weight;
    private boolean isClosed;

    /** The appending thread waits for work. */
    private boolean isIdle;

    /** Another thread leads in the appending thread's place. */
    private boolean hasSubstitute;

    /** The appending thread has other work to do as well: the substitute resigns, and nobody leads in its place before. */
    private boolean wantsLead;

    AppendQueue(int maximumWeight) {
        this.maximumWeight = maximumWeight;
    }

    /** What became of an offer. */
    enum Offer {
        QUEUED,
        /** It is not in the queue: the offering thread leads now, and must see to it that somebody resigns. */
        LEADING,
        FULL,
        CLOSED
    }

    /**
     * Offers a change.
     *
     * @param mayLead whether the offering thread would lead
     */
    Offer offer(Submission submission, boolean mayLead) {
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
            if (mayLead && isIdle && !wantsLead && !hasSubstitute && waiting.isEmpty()) {
                hasSubstitute = true;
                return Offer.LEADING;
            }
            waiting.add(submission);
            weight += more;
            if (isIdle && !hasSubstitute) {
                filled.signal();
            }
            return Offer.QUEUED;
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
            if (taken > 0 && isIdle && !hasSubstitute) {
                filled.signal();
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives leadership back to the appending thread.
     *
     * @param undone what the leader could not append, to be taken first; or null
     */
    void resign(@Nullable Submission undone) {
        lock.lock();
        try {
            if (undone != null) {
                waiting.add(0, undone);
                weight += SelectorParts.weigh(undone.selectors());
            }
            handOver();
        } finally {
            lock.unlock();
        }
    }

    /** For whoever leads in the appending thread's place: takes all that waits; an empty list says that it has resigned. */
    List<Submission> takeOrResign() {
        lock.lock();
        try {
            if (waiting.isEmpty() || wantsLead) {
                handOver();
                return List.of();
            }
            return swap();
        } finally {
            lock.unlock();
        }
    }

    private void handOver() {
        hasSubstitute = false;
        if (wantsLead || !waiting.isEmpty() || isClosed) {
            filled.signal();
        }
    }

    /** For the appending thread: takes all that waits; an empty list after the timeout, or when closed and empty. */
    List<Submission> takeAll(long timeoutNanos) throws InterruptedException {
        lock.lock();
        try {
            isIdle = true;
            try {
                long left = timeoutNanos;
                while ((hasSubstitute || (waiting.isEmpty() && !isClosed)) && left > 0) {
                    left = filled.awaitNanos(left);
                }
            } finally {
                // Not even an interrupted thread may go on while another one leads.
                wantsLead = true;
                while (hasSubstitute) {
                    filled.awaitUninterruptibly();
                }
                wantsLead = false;
                isIdle = false;
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
