package dev.freshet.bus.internal.follow;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.Audited;
import dev.freshet.bus.HeldEntry;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.member.AuditText;
import dev.freshet.bus.internal.member.MemberAnswerText;
import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.redis.CurrentNodeTime;
import dev.freshet.bus.internal.thread.BusThread;
import dev.freshet.bus.internal.thread.CallGuard;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One region's way out, top to bottom: receive → decode → order → evict → record the stale window. {@link
 * RegionStateMachine} decides the order; {@link RegionEffects} carries out what else it decides.
 *
 * <p>Messages come on the receiving thread, pages of the log on the control thread. Each input holds one lock, so that the
 * state machine and the reader see one thread at a time. Once the region is left, no input gets in: nothing is applied,
 * whatever still arrives.
 */
public final class RegionFeed {

    private static final Logger LOG = LoggerFactory.getLogger(RegionFeed.class);

    /** So many entries an inspection names. */
    private static final int MAX_NAMED_ENTRIES = 20;

    private final Object lock = new Object();
    private final CallGate gate = new CallGate();
    private final RedisNames names;
    private final RegionReader reader;
    private final SubscriberListener listener;
    private final CurrentLink link = new CurrentLink();
    private final RedisTime redisTime;
    private final RegionProgress progress;
    private final RegionEffects effects;
    private final RegionStateMachine machine;
    private final CallGuard readerGuard;
    private final AppliedRecords applied = new AppliedRecords();

    /** @param callbacks runs what callers attached to awaited positions */
    public RegionFeed(
            RedisNames names,
            RegionReader reader,
            SubscriberListener listener,
            TimeSource time,
            int bufferMaximumRecords,
            Executor callbacks) {
        this.names = names;
        this.reader = reader;
        this.listener = listener;
        this.redisTime = new CurrentNodeTime(link::clock, time);
        this.progress = new RegionProgress(names.region(), link, redisTime, time, lock, callbacks);
        this.readerGuard = new CallGuard(RegionReader.class, "region " + names.region() + ": the reader");
        this.effects = new RegionEffects(this, progress, link, reader, readerGuard, listener);
        this.machine = new RegionStateMachine(effects, bufferMaximumRecords);
        reader.attached(progress.confirmation(), redisTime);
        boolean isAttached = false;
        try {
            reader.followedBy(progress);
            isAttached = true;
        } finally {
            if (!isAttached) {
                detach();
            }
        }
    }

    // ---- the line

    /** Receives what the region's channel carries, on the receiving thread. */
    public void receive(byte[] frame) {
        if (gate.enter()) {
            try {
                receiveInside(frame);
            } finally {
                gate.exit();
            }
        }
    }

    private void receiveInside(byte[] frame) {
        long receivedAtMicros = redisTime.nowMicros();
        Decoded decoded = RecordCodec.decode(frame);
        boolean awaited;
        synchronized (lock) {
            awaited = order(decoded, receivedAtMicros);
            progress.show(machine);
        }
        if (awaited) {
            link.beatNow(); // the heartbeat writes the row that the publisher waits for
        }
    }

    /** Lets the state machine decide: a record that is next goes on to {@link #evict}. Returns whether a publisher waits for it. */
    private boolean order(Decoded decoded, long receivedAtMicros) {
        if (decoded instanceof Decoded.Intact intact) {
            machine.record(new Arrival(new LoggedRecord(intact.header(), intact.body()), receivedAtMicros));
            return intact.header().awaited();
        }
        if (decoded instanceof Decoded.Unreadable unreadable) {
            refused(unreadable.refusal(), unreadable.detail());
            machine.unreadable(unreadable.header());
            return unreadable.header().awaited();
        }
        if (decoded instanceof Decoded.Foreign foreign) {
            refused(foreign.refusal(), foreign.detail());
            machine.foreign();
        }
        return false;
    }

    private void refused(Decoded.Refusal refusal, String detail) {
        LOG.warn("region {}: a message was refused: {} ({})", region(), refusal, detail);
        listener.refused(region(), refusal);
    }

    /**
     * Lets the reader evict what a record names, or drop everything if it fails to. The state machine calls it in log order, for
     * replayed records too. Returns false if the reader fails at both, or the region is left: one input may bring many records, as a
     * page of the log does.
     */
    boolean evict(Arrival arrival, boolean replayed) {
        if (isLeft()) {
            return false;
        }
        // Written out, without a lambda, because it runs for every record.
        Throwable fault = null;
        try {
            reader.apply(arrival.record());
        } catch (Throwable e) {
            fault = e;
        } finally {
            BusThread.forgetInterrupt();
        }
        if (fault != null) {
            readerGuard.failed(fault);
            return effects.reset(ResetReason.READER_FAILED);
        }
        recordStaleWindow(arrival, replayed);
        return true;
    }

    private void recordStaleWindow(Arrival arrival, boolean replayed) {
        long evictedAtMicros = redisTime.nowMicros();
        applied.add(arrival.record(), evictedAtMicros);
        listener.applied(region(), arrival.record(), arrival.receivedAtMicros(), evictedAtMicros, replayed);
    }

    // ---- what else the state machine hears

    /** A page of the log was read; null for an entry that is not a readable record of its id. On the control thread. */
    public void page(long ticket, List<@Nullable Arrival> entries) {
        hear(() -> machine.page(ticket, entries));
    }

    /** The log's key holds something else, or the log must not be read. On the control thread. */
    public void pageRefused(long ticket) {
        hear(() -> machine.pageRefused(ticket));
    }

    /** A heartbeat's answer came, on the receiving thread. An answer that nobody waits for proves nothing. */
    public void head(Head head) {
        if (link.beat(head.heartbeat()) == null) {
            // Nobody here asked, or too long ago: the head may be of any age.
            return;
        }
        progress.trouble(null);
        hear(() -> machine.head(head));
    }

    /** The server acknowledged the subscription. */
    public void subscribed() {
        hear(machine::subscribed);
    }

    /** The connection is lost. */
    public void disconnected() {
        hear(machine::disconnected);
    }

    private void hear(Runnable input) {
        if (gate.enter()) {
            try {
                synchronized (lock) {
                    input.run();
                    progress.show(machine);
                }
            } finally {
                gate.exit();
            }
        }
    }

    // ---- what the link needs

    /** Says over which link messages come from now on. */
    public void moveTo(@Nullable FeedLink newLink) {
        link.moveTo(newLink);
    }

    public String region() {
        return names.region();
    }

    public RedisNames names() {
        return names;
    }

    public RegionProgress progress() {
        return progress;
    }

    /** Returns this member's answer to a question. Returns null if the region is left, or the reader fails. */
    @Nullable
    String answer(MemberMessage.Question question) {
        if (!gate.enter()) {
            return null;
        }
        try {
            String[] answer = new String[1];
            return readerGuard.call(() -> answer[0] = ask(question)) == null ? answer[0] : null;
        } finally {
            gate.exit();
        }
    }

    private String ask(MemberMessage.Question question) {
        if (question instanceof MemberMessage.Inspection inspection) {
            return describe(inspection.position(), inspection.selectors());
        }
        if (question instanceof MemberMessage.AuditQuestion audit) {
            return audit(audit.query());
        }
        return Long.toString(reader.count(((MemberMessage.CountQuestion) question).selectors()));
    }

    /** Describes the region for operators, and what it holds of some selectors. */
    private String describe(@Nullable Position position, List<Selector> selectors) {
        Map<String, String> words = new HashMap<>(reader.describe());
        List<HeldEntry> held = List.of();
        if (!selectors.isEmpty()) {
            held = reader.held(selectors, MAX_NAMED_ENTRIES);
            words.put("named", Long.toString(reader.count(selectors)));
        }
        progress.describe(words);
        String version = RegionFeed.class.getPackage().getImplementationVersion();
        if (version != null) {
            words.put("version", version);
        }
        synchronized (lock) {
            words.put("records", Long.toString(applied.count()));
            words.put("windows", applied.windows());
            if (position != null) {
                applied.appliedAtMicros(position).ifPresent(micros -> words.put("applied", Long.toString(micros)));
            }
        }
        return MemberAnswerText.format(words, held);
    }

    private String audit(AuditQuery asked) {
        AuditQuery query = asked;
        if (query.isTimed()) {
            OptionalLong errorMicros = redisTime.errorMicros();
            if (errorMicros.isEmpty()) {
                return AuditText.cannot("it does not know the Redis clock yet");
            }
            query = new AuditQuery(
                    query.selectors(),
                    query.storedBeforeMicros() - errorMicros.getAsLong(),
                    query.limit(),
                    query.hashed());
        }
        // Before the look: what is evicted between the two is not held against the member.
        Position position = progress.position();
        Audited audited = reader.audit(query);
        return audited == null ? AuditText.cannot("its reader does not tell") : AuditText.format(position, audited);
    }

    /** Whether the reader must not be called any more. */
    boolean isLeft() {
        return gate.isClosed();
    }

    /** Lets nothing further into the region. Does not wait for what is under way. */
    void leave() {
        gate.close();
    }

    /** Frees the reader for another subscription. */
    public void detach() {
        detach(0);
    }

    /** Frees the reader for another subscription once no call of it is under way, at the latest after a time. */
    void detach(long patienceNanos) {
        gate.close();
        if (gate.awaitLast(patienceNanos)) {
            synchronized (lock) {
                machine.disconnected();
                progress.show(machine);
            }
        } else {
            LOG.warn("region {}: it is left, while its reader has not returned from a call", region());
        }
        progress.left();
        readerGuard.call(reader::detached);
    }

    /** Returns how many calls of the reader failed. Any thread. */
    long readerFailures() {
        return readerGuard.failures();
    }
}
