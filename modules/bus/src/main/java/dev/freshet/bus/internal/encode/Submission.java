package dev.freshet.bus.internal.encode;

import dev.freshet.bus.Receipt;
import dev.freshet.bus.UnavailableException;
import dev.freshet.bus.internal.thread.AnswerFuture;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.schema.TraceContext;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One accepted change on its way into the log. Its selectors may go into several records; it is done when all of them are in the
 * log. Belongs to the leader once it is accepted.
 *
 * <p>Its times are on this process's monotonic clock. They are converted to the clock of Redis when the node is known.
 */
public final class Submission {

    private final String region;
    private final List<Selector> selectors;
    private final OptionalLong version;
    private final boolean awaited;
    private final long acceptedNanos;
    private final long changedNanos;
    private final @Nullable TraceContext trace;
    private final AnswerFuture<Receipt> done = new AnswerFuture<>();

    /** The record that {@link #isNewTo} was asked about last; only its identity counts. */
    private @Nullable Object lastRecord;

    private int recordsToCome;
    private boolean wasSent;
    private boolean wasPackedBefore;
    private @Nullable Position last;
    private long lastLoggedAtMicros;

    /** Makes one that nobody records. */
    public Submission(
            String region,
            List<Selector> selectors,
            OptionalLong version,
            boolean awaited,
            long acceptedNanos,
            long changedNanos) {
        this(region, selectors, version, awaited, acceptedNanos, changedNanos, null);
    }

    public Submission(
            String region,
            List<Selector> selectors,
            OptionalLong version,
            boolean awaited,
            long acceptedNanos,
            long changedNanos,
            @Nullable TraceContext trace) {
        this.region = region;
        this.selectors = selectors;
        this.version = version;
        this.awaited = awaited;
        this.acceptedNanos = acceptedNanos;
        this.changedNanos = changedNanos;
        this.trace = trace;
    }

    public String region() {
        return region;
    }

    /** Returns the selectors, each small enough to fit into a record. */
    public List<Selector> selectors() {
        return selectors;
    }

    public OptionalLong version() {
        return version;
    }

    boolean isAwaited() {
        return awaited;
    }

    public long acceptedNanos() {
        return acceptedNanos;
    }

    /** Returns when the source changed; later than {@link #acceptedNanos} if the caller's clock is fast. */
    long changedNanos() {
        return changedNanos;
    }

    /** Returns the span in which it was accepted, if somebody records it. */
    @Nullable
    TraceContext trace() {
        return trace;
    }

    public CompletableFuture<Receipt> done() {
        return done;
    }

    /** Whether the last call asked about another record. */
    boolean isNewTo(Object record) {
        boolean isNew = lastRecord != record;
        lastRecord = record;
        return isNew;
    }

    /**
     * Forgets the records that carry parts of it, because it is packed again.
     *
     * @param sent whether those records may be in the log nevertheless
     */
    public void rewind(boolean sent) {
        lastRecord = null;
        recordsToCome = 0;
        last = null;
        wasSent |= sent;
    }

    /** Whether it is packed anew, because a server did not take it. */
    public boolean wasPackedBefore() {
        return wasPackedBefore;
    }

    public void packed() {
        wasPackedBefore = true;
    }

    /** Whether it may be in the log although no server confirmed it. */
    public boolean wasSent() {
        return wasSent;
    }

    /** Notes that one more record carries a part of it. */
    void partOfOneMore() {
        recordsToCome++;
    }

    /** Notes that a record with a part of it is in the log. */
    public void logged(Position at, long loggedAtMicros) {
        if (last == null || last.epoch() != at.epoch() || last.sequence() < at.sequence()) {
            last = at;
            lastLoggedAtMicros = loggedAtMicros;
        }
        recordsToCome--;
    }

    /** Whether its caller has an answer, or does not want one any more. */
    public boolean isAnswered() {
        return done.isAnswered();
    }

    /** Answers the caller if every part is in the log. */
    public void settle() {
        Position at = last;
        if (recordsToCome == 0 && at != null) {
            done.answer(new Receipt(region, at, lastLoggedAtMicros));
        }
    }

    public void fail(UnavailableException why) {
        done.fail(why);
    }
}
