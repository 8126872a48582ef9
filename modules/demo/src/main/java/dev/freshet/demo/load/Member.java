package dev.freshet.demo.load;

import dev.freshet.demo.stack.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** What this process knows about one replica: how it answered, and what it reports. Safe to use from any thread. */
public final class Member {

    /**
     * A change that the replica applied.
     *
     * @param epoch the life of the log that it is in
     * @param sequence its number in that log
     * @param staleMicros from the commit to the eviction in this replica
     * @param how how it came
     */
    public record Applied(String epoch, long sequence, long staleMicros, How how) {
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
        AGAIN
    }

    /** The counts that a replica reports. They begin anew with its process. */
    record Counts(long resets, long thrownAway, long refused) {

        static final Counts NONE = new Counts(0, 0, 0);

        Counts plus(Counts other) {
            return new Counts(resets + other.resets, thrownAway + other.thrownAway, refused + other.refused);
        }
    }

    private static final int KEPT = 8_192;

    private final Replica replica;
    private final AtomicLong hits = new AtomicLong();
    private final AtomicLong misses = new AtomicLong();
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

    void answered(boolean isHit, boolean isStale) {
        (isHit ? hits : misses).incrementAndGet();
        if (isStale) {
            stale.incrementAndGet();
        }
    }

    void failed() {
        failures.incrementAndGet();
    }

    /** Returns the number of reads that were answered. */
    public long reads() {
        return hits.get() + misses.get();
    }

    /** Returns the number of reads that were answered from the cache. */
    public long hits() {
        return hits.get();
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

    /** Reads a report, as the replica's {@code /report} prints it. */
    synchronized void reported(List<String> report) {
        String[] head = report.get(0).split(" ", -1);
        nextLine = Long.parseLong(head[0]);
        state = head[1];
        current = new Counts(Long.parseLong(head[2]), Long.parseLong(head[3]), Long.parseLong(head[4]));
        for (String line : report.subList(1, report.size())) {
            String[] words = line.split(" ", -1);
            int dash = words[0].lastIndexOf('-');
            applied.add(new Applied(
                    words[0].substring(0, dash),
                    Long.parseLong(words[0].substring(dash + 1)),
                    Long.parseLong(words[1]),
                    How.valueOf(words[2].toUpperCase(Locale.ROOT))));
        }
        int tooMany = applied.size() - KEPT;
        if (tooMany > 0) {
            applied.subList(0, tooMany).clear();
            dropped += tooMany;
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
