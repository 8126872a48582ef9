package dev.freshet.bus.internal.follow;

import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.ResetReason;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordHeader;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides what one region's subscription does next. A pure state machine: without I/O, threads or a clock, so that a
 * simulation can drive this very code through thousands of histories. {@link RegionFeed} feeds it, {@link RegionEffects} obeys
 * it.
 *
 * <p>What it relies on:
 *
 * <ul>
 *   <li>Messages of one connection arrive in the order in which the server sent them.
 *   <li>A heartbeat's answer ({@link #head}) travels on that same connection: when it arrives, every record that was
 *       appended before the heartbeat's script ran has arrived or is lost. Only then may a joining subscription adopt a
 *       position, and only then is a live one confirmed.
 *   <li>An epoch belongs to one server process: the script that reads the head begins a new epoch if the head has another
 *       server's run_id.
 * </ul>
 *
 * <p>What it promises: the position only moves by applying the record behind it, or together with a reset. After a reset
 * that adopts position p, nothing that was appended up to p can be stale here, because the reset happens after all of it.
 * While a reader fails to reset, there is no position, nothing is applied and nothing is confirmed. Each head repeats the reset.
 *
 * <p>Not thread-safe: its owner calls it under one lock.
 */
public final class RegionStateMachine {

    /** What the machine wants done, at once and in order. */
    interface Effects {
        /**
         * Let the reader evict what the record names, or drop everything if it fails to. Returns false if it fails at that too.
         */
        boolean apply(Arrival record, boolean replayed);

        /** Read records of the log, from the one behind the position up to and including a sequence; see {@link #page}. */
        void replay(long ticket, Position position, long upToSequence);

        /** Let the reader drop everything. Returns whether it did. */
        boolean reset(ResetReason reason);

        /** Let the reader know that a position is adopted for the first time. Returns false if it fails. */
        boolean joined();

        /** All that was appended before this heartbeat began is applied. */
        void confirm(long heartbeat);

        /** Begin a heartbeat now rather than at the next turn. */
        void askHead();

        /** Give the connection up and subscribe anew. */
        void resubscribe(String why);

        /** A record came that was applied before. */
        void duplicate();

        /** Records are missing. */
        void gap();

        /** Live records were dropped because the buffer was full; the replay reads them from the log. */
        void bufferOverflowed();
    }

    private final Effects effects;
    private final int bufferMaximumRecords;

    private RegionSubscription.State state = RegionSubscription.State.DISCONNECTED;
    private @Nullable Position position;
    private @Nullable String runId;
    private long knownSequence;

    /** Numbers the replay under way. A page of another number belongs to a replay that was given up. */
    private long ticket;

    private long replayTarget;
    private final ArrayDeque<Arrival> buffer = new ArrayDeque<>();
    private @Nullable Head unconfirmedHead;
    private boolean gapSinceLiveRecord;

    /** The reset that the reader has failed to do; null if there is none. */
    private @Nullable ResetReason owedReset;

    RegionStateMachine(Effects effects, int bufferMaximumRecords) {
        this.effects = effects;
        this.bufferMaximumRecords = bufferMaximumRecords;
    }

    RegionSubscription.State state() {
        return state;
    }

    @Nullable
    Position position() {
        return position;
    }

    /** How many records are known to lie behind the position. */
    long lagRecords() {
        Position current = position;
        return current == null ? 0 : Math.max(0, knownSequence - current.sequence());
    }

    /** The server acknowledged the subscription. What it sends until the next head is covered by that head. */
    void subscribed() {
        state = RegionSubscription.State.JOINING;
        effects.askHead();
    }

    /** The connection is lost. The position stays: a replay goes on from it if continuity can be proven. */
    void disconnected() {
        state = RegionSubscription.State.DISCONNECTED;
        gapSinceLiveRecord = false;
        endReplay();
    }

    /** A record came over the channel. */
    void record(Arrival record) {
        Position at = record.position();
        Position current = position;
        if (current == null || !isFollowing()) {
            return;
        }
        if (at.epoch() != current.epoch()) {
            reset(ResetReason.EPOCH, at, null);
            return;
        }
        knownSequence = Math.max(knownSequence, at.sequence());
        if (state == RegionSubscription.State.REPLAYING) {
            hold(record);
        } else if (at.sequence() <= current.sequence()) {
            effects.duplicate();
        } else if (at.sequence() == current.sequence() + 1) {
            gapSinceLiveRecord = false;
            apply(record, false);
        } else {
            effects.gap();
            gapSinceLiveRecord = false;
            startReplay(at.sequence() - 1);
            hold(record);
        }
    }

    /** A record came of which only the header can be read. */
    void unreadable(RecordHeader header) {
        Position at = header.position();
        Position current = position;
        if (current == null || !isFollowing()) {
            return;
        }
        if (at.epoch() == current.epoch() && at.sequence() <= current.sequence()) {
            effects.duplicate();
            return;
        }
        reset(ResetReason.UNREADABLE, at, at.epoch() == current.epoch() ? runId : null);
    }

    /** Something came that is not a record. It may be a damaged one. */
    void foreign() {
        Position current = position;
        if (current != null) {
            resetInPlace(ResetReason.FOREIGN, current);
        }
    }

    /** A heartbeat's answer came. */
    void head(Head head) {
        switch (state) {
            case DISCONNECTED -> {}
            case JOINING -> join(head);
            case REPLAYING, LIVE -> check(head);
        }
    }

    private void join(Head head) {
        Position current = position;
        if (current == null) {
            ResetReason owed = owedReset;
            if (owed == null ? effects.joined() : effects.reset(owed)) {
                owedReset = null;
                adopt(head.position(), head.runId());
                live();
                effects.confirm(head.heartbeat());
            }
        } else if (head.position().epoch() == current.epoch() && head.position().sequence() > current.sequence()) {
            // The ordinary return after a disconnect: nothing is wrong, some records were missed.
            note(head);
            unconfirmedHead = head;
            startReplay(head.position().sequence());
        } else {
            check(head);
        }
    }

    private void check(Head head) {
        Position current = position;
        if (current == null) {
            throw new IllegalStateException("a region that is live has a position");
        }
        Position at = head.position();
        if (at.epoch() != current.epoch()) {
            boolean sameServer = runId == null || runId.equals(head.runId());
            if (reset(sameServer ? ResetReason.EPOCH : ResetReason.SERVER, at, head.runId())) {
                effects.confirm(head.heartbeat());
            }
        } else if (at.sequence() < current.sequence()) {
            if (reset(ResetReason.HEAD_BEHIND, at, head.runId())) {
                effects.confirm(head.heartbeat());
            }
        } else {
            note(head);
            if (state == RegionSubscription.State.REPLAYING) {
                unconfirmedHead = head;
                if (!bufferReaches(at.sequence())) {
                    replayTarget = Math.max(replayTarget, at.sequence());
                }
            } else if (at.sequence() == current.sequence()) {
                state = RegionSubscription.State.LIVE;
                effects.confirm(head.heartbeat());
            } else {
                missed(head);
            }
        }
    }

    private void note(Head head) {
        runId = head.runId();
        knownSequence = Math.max(knownSequence, head.position().sequence());
    }

    private boolean bufferReaches(long sequence) {
        Arrival last = buffer.peekLast();
        return last != null && last.position().sequence() >= sequence;
    }

    /** Records that the head counts should have arrived before it, and did not. */
    private void missed(Head head) {
        effects.gap();
        if (gapSinceLiveRecord) {
            state = RegionSubscription.State.DISCONNECTED;
            effects.resubscribe("records reach the log, but not this subscription");
            return;
        }
        gapSinceLiveRecord = true;
        unconfirmedHead = head;
        startReplay(head.position().sequence());
    }

    private void startReplay(long upToSequence) {
        state = RegionSubscription.State.REPLAYING;
        replayTarget = upToSequence;
        ticket++;
        askPage();
    }

    private void askPage() {
        Position current = position;
        if (current == null) {
            throw new IllegalStateException("a replay begins at a position");
        }
        effects.replay(ticket, current, replayTarget);
    }

    private void hold(Arrival record) {
        long sequence = record.position().sequence();
        if (sequence <= replayTarget || bufferReaches(sequence)) {
            return;
        }
        if (buffer.size() >= bufferMaximumRecords) {
            buffer.clear();
            replayTarget = sequence;
            effects.bufferOverflowed();
            return;
        }
        buffer.addLast(record);
    }

    /**
     * A page of the log was read.
     *
     * @param ofTicket the number of the replay that asked for it
     * @param entries what the log holds behind the position, in order; null for an entry that is not a readable record of
     *     its id
     */
    void page(long ofTicket, List<@Nullable Arrival> entries) {
        if (ofTicket != ticket || state != RegionSubscription.State.REPLAYING) {
            return;
        }
        for (Arrival entry : entries) {
            Position current = position;
            if (current == null || entry == null) {
                resetReplay(entry == null ? ResetReason.UNREADABLE : ResetReason.TRIMMED);
                return;
            }
            Position at = entry.position();
            if (at.epoch() != current.epoch() || at.sequence() != current.sequence() + 1) {
                resetReplay(ResetReason.TRIMMED);
                return;
            }
            if (!apply(entry, true)) {
                return;
            }
        }
        if (entries.isEmpty()) {
            resetReplay(ResetReason.TRIMMED);
            return;
        }
        continueReplay();
    }

    /** The log cannot be read as one: its key holds something else. */
    void pageRefused(long ofTicket) {
        if (ofTicket == ticket && state == RegionSubscription.State.REPLAYING) {
            resetReplay(ResetReason.FOREIGN);
        }
    }

    private void continueReplay() {
        Position current = position;
        if (current == null) {
            throw new IllegalStateException("a replay moves a position");
        }
        if (current.sequence() < replayTarget) {
            askPage();
            return;
        }
        long applied = current.sequence();
        for (Arrival next = buffer.peekFirst(); next != null; next = buffer.peekFirst()) {
            long sequence = next.position().sequence();
            if (sequence > applied + 1) {
                effects.gap();
                startReplay(sequence - 1);
                return;
            }
            buffer.removeFirst();
            if (sequence == applied + 1) {
                gapSinceLiveRecord = false;
                if (!apply(next, false)) {
                    return;
                }
                applied = sequence;
            }
        }
        caughtUp();
    }

    private void caughtUp() {
        Head head = unconfirmedHead;
        Position current = position;
        live();
        if (head != null && current != null) {
            if (head.position().sequence() <= current.sequence()) {
                effects.confirm(head.heartbeat());
            } else {
                effects.askHead();
            }
        }
    }

    /** What was missed cannot be read any more. All that is known to exist was appended before now, so a reset covers it. */
    private void resetReplay(ResetReason reason) {
        Position current = position;
        if (current == null) {
            throw new IllegalStateException("a replay begins at a position");
        }
        Head head = unconfirmedHead;
        boolean isReset = reset(reason, current.at(Math.max(current.sequence(), knownSequence)), runId);
        if (isReset && head != null) {
            effects.confirm(head.heartbeat());
        }
    }

    private void resetInPlace(ResetReason reason, Position current) {
        if (state == RegionSubscription.State.LIVE) {
            reset(reason, current, runId);
        } else {
            // The replay under way, or the join, goes on from the same position.
            if (!effects.reset(reason)) {
                owe(reason);
            }
        }
    }

    private boolean apply(Arrival record, boolean replayed) {
        if (!effects.apply(record, replayed)) {
            owe(ResetReason.READER_FAILED);
            return false;
        }
        position = record.position();
        knownSequence = Math.max(knownSequence, record.position().sequence());
        return true;
    }

    private boolean reset(ResetReason reason, Position adopted, @Nullable String ofRunId) {
        if (!effects.reset(reason)) {
            owe(reason);
            return false;
        }
        adopt(adopted, ofRunId);
        live();
        return true;
    }

    /** The reader still has entries that it must drop. What comes until it does is covered by the reset that the next head repeats. */
    private void owe(ResetReason reason) {
        owedReset = reason;
        position = null;
        endReplay();
        if (state != RegionSubscription.State.DISCONNECTED) {
            state = RegionSubscription.State.JOINING;
        }
    }

    private void adopt(Position adopted, @Nullable String ofRunId) {
        position = adopted;
        runId = ofRunId;
        knownSequence = adopted.sequence();
    }

    private void live() {
        endReplay();
        state = RegionSubscription.State.LIVE;
    }

    private void endReplay() {
        ticket++;
        buffer.clear();
        unconfirmedHead = null;
    }

    private boolean isFollowing() {
        return state == RegionSubscription.State.LIVE || state == RegionSubscription.State.REPLAYING;
    }
}
