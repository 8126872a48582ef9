package dev.freshet.demo.load;

import dev.freshet.demo.stack.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What this process knows about one replica: how it answered, and what it reports. Safe to use from any thread. */
public final class Member {

    /**
     * A change that the replica applied.
     *
     * @param history what counts it; see {@link Write}
     * @param number its number in that history
     * @param staleMicros how long this replica was stale
     * @param how how it came
     */
    public record Applied(String history, long number, long staleMicros, How how) {
        /** Returns whether the time says how long the replica gave stale answers. */
        public boolean isMeasured() {
            return how == How.LIVE || how == How.REPLAYED;
        }

        /** Returns whether it was read from the log, not heard. */
        public boolean isReplayed() {
            return how == How.REPLAYED;
        }
    }

    /** How a change came to a replica. */
    public enum How {
        /** It was heard when it was appended. */
        LIVE,
        /** It was missed, and read from the log. */
        REPLAYED,
        /** It had been applied before, and was appended again because Redis had lost it. */
        AGAIN,
        /** It was seen only when the replica answered again. */
        LATE
    }

    /**
     * The counts that a replica reports. They begin anew with its process.
     *
     * @param hits reads that another process answered from its cache
     * @param resets how often it dropped its entries
     * @param thrownAway how many entries it dropped with that
     * @param refused how many loaded values it did not store, because they were overtaken
     */
    record Counts(long hits, long resets, long thrownAway, long refused) {

        static final Counts NONE = new Counts(0, 0, 0, 0);

        Counts plus(Counts other) {
            return new Counts(
                    hits + other.hits, resets + other.resets, thrownAway + other.thrownAway, refused + other.refused);
        }
    }

    private static final int KEPT = 8_192;

    private final Replica replica;
    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong hits = new AtomicLong();
    private final AtomicLong stale = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final List<Applied> applied = new ArrayList<>();
    private long dropped;
    private long nextLine;
    private int life;
    private Counts former = Counts.NONE;
    private Counts current = Counts.NONE;
    private volatile String state = "starting";
    private volatile String trouble = "";
    private volatile boolean held;

    /** Begins to count for this replica. */
    public Member(Replica replica) {
        this.replica = replica;
    }

    /** Returns the replica. */
    public Replica replica() {
        return replica;
    }

    /**
     * Says that a fault has begun or ended here.
     *
     * @param what the fault in a word or two; empty: it has ended
     * @param isHeld whether it cannot answer meanwhile, so that nothing is read from it
     */
    public void suffer(String what, boolean isHeld) {
        trouble = what;
        held = isHeld;
    }

    /** Returns the fault that is under way here; empty if there is none. */
    public String trouble() {
        return trouble;
    }

    /** Returns whether a fault keeps it from answering. */
    public boolean isHeld() {
        return held;
    }

    /** Returns whether it is to be asked: no fault holds it, and its processes are up. */
    boolean canAnswer() {
        return !held && replica.isUp();
    }

    void answered(boolean isHit, boolean isStale) {
        reads.incrementAndGet();
        if (isHit) {
            hits.incrementAndGet();
        }
        if (isStale) {
            stale.incrementAndGet();
        }
    }

    void failed() {
        failures.incrementAndGet();
    }

    /** Returns the number of reads that were answered. */
    public long reads() {
        return reads.get();
    }

    /** Returns the number of reads that were answered from the cache, which may be the sidecar's. */
    public synchronized long hits() {
        return Math.min(reads(), hits.get() + former.plus(current).hits());
    }

    /** Returns the number of answers that were stale; see {@link Truth}. */
    public long stale() {
        return stale.get();
    }

    /** Returns the number of reads that got no answer although the process was up. */
    public long failures() {
        return failures.get();
    }

    /** Returns the line of the report that is wanted next. */
    synchronized long nextLine(int processLife) {
        if (processLife != life) {
            former = former.plus(current);
            current = Counts.NONE;
            life = processLife;
            nextLine = 0;
        }
        return nextLine;
    }

    /**
     * Takes up a report.
     *
     * @param line the line of the report that is wanted next
     */
    synchronized void reported(String said, Counts counts, List<Applied> changes, long line) {
        state = said;
        current = counts;
        nextLine = line;
        changes.forEach(this::applied);
    }

    synchronized void applied(Applied change) {
        applied.add(change);
        if (applied.size() > KEPT) {
            applied.remove(0);
            dropped++;
        }
    }

    /** Notes that it did not answer. */
    void silent() {
        state = "no answer";
    }

    /** Returns what it says about its confirmation: confirmed, bypassed; pub/sub if it is the naive one; or no answer. */
    public String state() {
        return state;
    }

    /** Returns how many changes it has reported so far. */
    public synchronized long appliedCount() {
        return dropped + applied.size();
    }

    /** Returns the changes that it reported from this one on, the first of all being number 0. At most some thousands are kept. */
    public synchronized List<Applied> appliedFrom(long number) {
        int from = (int) Math.max(0, Math.min(applied.size(), number - dropped));
        return List.copyOf(applied.subList(from, applied.size()));
    }

    /** Returns how often it dropped its entries. */
    public synchronized long resets() {
        return former.plus(current).resets();
    }

    /** Returns how many entries it dropped with that. */
    public synchronized long thrownAway() {
        return former.plus(current).thrownAway();
    }

    /** Returns how many loaded values it did not store, because they were overtaken. */
    public synchronized long refused() {
        return former.plus(current).refused();
    }
}
