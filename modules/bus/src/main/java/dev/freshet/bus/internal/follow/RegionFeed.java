package dev.freshet.bus.internal.follow;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.member.MemberRow;
import dev.freshet.bus.internal.redis.RateLimitedLog;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.RedisNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One region's way in, top to bottom: {@link #receive} takes what the channel carries, decodes it, lets {@link
 * RegionStateMachine} put it in order, lets the reader evict and reports the stale window.
 *
 * <p>Messages come on the receiving thread, pages of the log on the control thread; one lock makes them take turns, so
 * that the protocol and the reader see one thread at a time.
 */
public final class RegionFeed implements RegionSubscription, RegionStateMachine.Effects {

    private static final Logger LOG = LoggerFactory.getLogger(RegionFeed.class);

    /** How many callers may wait for a position at a time; more are told at once that it is not so in time. */
    private static final int MAXIMUM_WAITERS = 10_000;

    /** Tells waiters, one thread for all: on a machine with two processors the common pool starts a thread a task. */
    private static final Executor CALLBACKS = newCallbackThread();

    private static Executor newCallbackThread() {
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "freshet-waiters");
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** What the region's messages come over, as far as the feed needs it. Every method may be called by any thread. */
    public interface Link {
        /** The moment at which a heartbeat began, on three clocks. */
        record Beat(long nanoTime, long wallMicros, long redisMicros) {}

        /** Returns when a heartbeat began, or null if that is too long ago to be told. */
        @Nullable
        Beat beat(long heartbeat);

        /** Begins a heartbeat soon. */
        void beatNow();

        /** Reads a page of the log, and hands it to {@link RegionFeed#page}. */
        void replay(RegionFeed feed, long ticket, Position from, long upToSequence);

        /** Gives the subscription up and makes a new one. */
        void resubscribe(String why);

        /** The clock of the node that the link leads to. */
        RedisClock clock();

        /** What went wrong last, or null if nothing did since the last answer to a heartbeat. */
        default @Nullable String trouble() {
            return null;
        }
    }

    private record Waiter(Position position, long sinceNanos, CompletableFuture<Boolean> done) {}

    private final RedisNames names;
    private final RegionReader reader;
    private final SubscriberListener listener;
    private final TimeSource time;
    private final Confirmation confirmation;
    private final RegionStateMachine protocol;
    private final RateLimitedLog readerFaults = new RateLimitedLog(LOG);
    private final RedisTime redisTime = new CurrentNodeTime();

    private final Object lock = new Object();
    private final List<Waiter> waiters = new ArrayList<>();

    private volatile @Nullable Link link;
    private volatile State state = State.DISCONNECTED;
    private volatile @Nullable Position position;
    private volatile long lagRecords;
    private volatile long appliedAtMicros;
    private volatile int liveMembers;

    public RegionFeed(
            String region,
            RegionReader reader,
            SubscriberListener listener,
            TimeSource time,
            int bufferMaximumRecords) {
        this.names = new RedisNames(region);
        this.reader = reader;
        this.listener = listener;
        this.time = time;
        this.confirmation = new Confirmation(time);
        this.protocol = new RegionStateMachine(this, bufferMaximumRecords);
        reader.attached(confirmation, redisTime);
        reader.followedBy(this);
    }

    // ---- what comes in

    /** The channel carried something. Called on the receiving thread. */
    public void receive(byte[] frame) {
        long receivedAtMicros = redisTime.nowMicros();
        Decoded decoded = RecordCodec.decode(frame);
        boolean awaited = false;
        synchronized (lock) {
            if (decoded instanceof Decoded.Intact intact) {
                awaited = intact.header().awaited();
                protocol.record(new RegionStateMachine.Arrival(
                        new LoggedRecord(intact.header(), intact.body()), receivedAtMicros));
            } else if (decoded instanceof Decoded.Unreadable unreadable) {
                awaited = unreadable.header().awaited();
                refused(unreadable.refusal(), unreadable.detail());
                protocol.unreadable(unreadable.header());
            } else if (decoded instanceof Decoded.Foreign foreign) {
                refused(foreign.refusal(), foreign.detail());
                protocol.foreign();
            }
            publish();
        }
        if (awaited) {
            askHead();
        }
    }

    /** A page of the log was read. Called on the control thread. */
    public void page(long ticket, List<RegionStateMachine.@Nullable Arrival> entries) {
        feed(() -> protocol.page(ticket, entries));
    }

    /** The log cannot be read as one. Called on the control thread. */
    public void pageRefused(long ticket) {
        feed(() -> protocol.pageRefused(ticket));
    }

    /** A heartbeat's answer came. Called on the receiving thread. */
    public void head(RegionStateMachine.Head head) {
        Link current = link;
        if (current == null || current.beat(head.heartbeat()) == null) {
            // Nobody here asked, or too long ago: what it says may be as old as can be.
            return;
        }
        feed(() -> protocol.head(head));
    }

    /** The server acknowledged the subscription. */
    public void subscribed() {
        feed(protocol::subscribed);
    }

    /** The connection is gone. */
    public void disconnected() {
        feed(protocol::disconnected);
    }

    private void feed(Runnable input) {
        synchronized (lock) {
            input.run();
            publish();
        }
    }

    /** Shows the outside where the protocol stands now; what is shown is always already evicted. */
    private void publish() {
        state = protocol.state();
        lagRecords = protocol.lagRecords();
        Position now = protocol.position();
        if (!Objects.equals(now, position)) {
            appliedAtMicros = redisTime.nowMicros();
            position = now;
            if (!waiters.isEmpty() && now != null) {
                settle(waiter -> covers(now, waiter.position));
            }
        }
    }

    private void refused(Decoded.Refusal refusal, String detail) {
        LOG.warn("region {}: a message was refused: {} ({})", region(), refusal, detail);
        listener.refused(region(), refusal);
    }

    // ---- what the protocol wants

    @Override
    public void apply(RegionStateMachine.Arrival arrival, boolean replayed) {
        try {
            reader.apply(arrival.record());
        } catch (RuntimeException | StackOverflowError e) {
            readerFaults.warn("region " + region() + ": the reader failed on a record; the region is reset", e);
            reset(ResetReason.READER_FAILED);
            return;
        }
        listener.applied(region(), arrival.record(), arrival.receivedAtMicros(), redisTime.nowMicros(), replayed);
    }

    @Override
    public void reset(ResetReason reason) {
        LOG.info("region {}: reset, because of {}", region(), reason);
        // Between the reset and what is adopted with it there is no position that anything could be compared with.
        position = null;
        reader.reset(reason);
        listener.reset(region(), reason);
    }

    @Override
    public void joined() {
        reader.joined();
    }

    @Override
    public void confirm(long heartbeat) {
        Link current = link;
        Link.Beat beat = current == null ? null : current.beat(heartbeat);
        if (beat == null) {
            return;
        }
        confirmation.confirm(beat.nanoTime(), beat.wallMicros(), beat.redisMicros());
        if (!waiters.isEmpty()) {
            // Whatever is waited for was appended before it was asked for. Where its epoch is not ours, a reset covered
            // it.
            Position now = protocol.position();
            settle(waiter ->
                    beat.nanoTime() - waiter.sinceNanos > 0 && now != null && now.epoch() != waiter.position.epoch());
        }
    }

    @Override
    public void replay(long ticket, Position from, long upToSequence) {
        Link current = link;
        if (current != null) {
            current.replay(this, ticket, from, upToSequence);
        }
    }

    @Override
    public void askHead() {
        Link current = link;
        if (current != null) {
            current.beatNow();
        }
    }

    @Override
    public void resubscribe(String why) {
        Link current = link;
        if (current != null) {
            current.resubscribe(why);
        }
    }

    @Override
    public void duplicate() {
        listener.duplicate(region());
    }

    @Override
    public void gap() {
        listener.gap(region());
    }

    @Override
    public void bufferOverflowed() {
        listener.bufferOverflowed(region());
    }

    // ---- what the outside sees

    @Override
    public String region() {
        return names.region();
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public @Nullable Position position() {
        return position;
    }

    @Override
    public long lagRecords() {
        return lagRecords;
    }

    @Override
    public int liveMembers() {
        return liveMembers;
    }

    @Override
    public Confirmation confirmation() {
        return confirmation;
    }

    @Override
    public @Nullable String trouble() {
        Link current = link;
        return current == null ? null : current.trouble();
    }

    @Override
    public OptionalLong clockErrorMicros() {
        return redisTime.errorMicros();
    }

    @Override
    public CompletableFuture<Boolean> awaitPosition(Position target, Duration timeout) {
        Waiter waiter = new Waiter(target, time.nanoTime(), new CompletableFuture<>());
        synchronized (lock) {
            Position now = position;
            if (now != null && covers(now, target)) {
                return CompletableFuture.completedFuture(true);
            }
            if (waiters.size() >= MAXIMUM_WAITERS) {
                return CompletableFuture.completedFuture(false);
            }
            waiters.add(waiter);
        }
        askHead();
        return waiter.done
                .completeOnTimeout(false, timeout.toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((done, failure) -> {
                    synchronized (lock) {
                        waiters.remove(waiter);
                    }
                });
    }

    private static boolean covers(Position now, Position target) {
        return now.epoch() == target.epoch() && now.sequence() >= target.sequence();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the waiter holds the future already
    private void settle(Predicate<Waiter> settled) {
        for (Waiter waiter : List.copyOf(waiters)) {
            if (settled.test(waiter)) {
                waiters.remove(waiter);
                // Callers' callbacks must not run under the lock.
                waiter.done.completeAsync(() -> true, CALLBACKS);
            }
        }
    }

    // ---- what the link sees

    public RedisNames names() {
        return names;
    }

    RegionReader reader() {
        return reader;
    }

    RedisTime redisTime() {
        return redisTime;
    }

    public void moveTo(@Nullable Link newLink) {
        link = newLink;
    }

    void liveMembers(int count) {
        liveMembers = count;
    }

    /** Returns this member's row, as of now. */
    public String row(long goneAfterMicros, String memberChannel, String memberName) {
        return MemberRow.format(
                position,
                appliedAtMicros,
                confirmation.confirmedAtMicros(),
                goneAfterMicros,
                memberChannel,
                memberName);
    }

    /** The clock of whichever node the region lives on now. */
    private final class CurrentNodeTime implements RedisTime {
        @Override
        public long nowMicros() {
            Link current = link;
            return current == null ? time.wallMicros() : current.clock().nowMicros();
        }

        @Override
        public OptionalLong errorMicros() {
            Link current = link;
            return current == null ? OptionalLong.empty() : current.clock().errorMicros();
        }

        @Override
        public long nanoTimeAt(long redisMicros) {
            return time.nanoTime() - (nowMicros() - redisMicros) * 1_000;
        }
    }
}
