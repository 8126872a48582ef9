package dev.freshet.bus.internal.follow;

import dev.freshet.bus.BusException;
import dev.freshet.bus.Confirmation;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.member.FollowedEpochs;
import dev.freshet.bus.internal.member.MemberRow;
import dev.freshet.bus.internal.thread.AnswerFuture;
import dev.freshet.schema.Position;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How far a region is, as the application and other members see it. Any thread reads it; the region's {@link RegionFeed}
 * writes it under its lock.
 */
public final class RegionProgress implements RegionSubscription {

    private final String region;
    private final CurrentLink link;
    private final RedisTime redisTime;
    private final Confirmation confirmation;
    private final PositionWaiters waiters;
    private final Executor callbacks;

    /** Answered with the first confirmation. */
    private final AnswerFuture<Boolean> caughtUp = new AnswerFuture<>();

    private volatile State state = State.DISCONNECTED;
    private volatile @Nullable Position position;
    private volatile long lagRecords;
    private volatile long appliedAtMicros;
    private volatile int liveMembers;
    private volatile @Nullable String trouble;
    private volatile FollowedEpochs epochs = FollowedEpochs.NONE;

    /** The last position that was shown, also during a reset. Under the lock. */
    private @Nullable Position reached;

    /** When the reader last began to drop every entry; 0 if the clock was not known. Under the lock. */
    private long droppedAtMicros;

    RegionProgress(
            String region, CurrentLink link, RedisTime redisTime, TimeSource time, Object lock, Executor callbacks) {
        this.region = region;
        this.link = link;
        this.redisTime = redisTime;
        this.confirmation = new Confirmation(time);
        this.callbacks = callbacks;
        this.waiters = new PositionWaiters(lock, link, callbacks);
    }

    // ---- written under the feed's lock

    /** Shows where the state machine stands. What is shown is always already evicted. */
    void show(RegionStateMachine machine) {
        state = machine.state();
        lagRecords = machine.lagRecords();
        Position now = machine.position();
        if (!Objects.equals(now, position)) {
            appliedAtMicros = redisTime.nowMicros();
            position = now;
            if (now != null) {
                Position before = reached;
                boolean isAdopted = before == null || before.epoch() != now.epoch();
                if (isAdopted) {
                    epochs = epochs.next(before, droppedAtMicros);
                }
                reached = now;
                waiters.moved(now, isAdopted);
            }
        }
    }

    /** A reset begins. Until the next position is adopted there is none that anything could be compared with. */
    void forgetPosition() {
        position = null;
        dropBegins();
    }

    /** The reader is about to drop every entry. */
    void dropBegins() {
        droppedAtMicros = redisTime.errorMicros().isPresent() ? redisTime.nowMicros() : 0;
    }

    /**
     * All that was appended before a heartbeat began is applied.
     *
     * @param beat when it began; null if that is forgotten, which proves nothing
     */
    void confirm(FeedLink.@Nullable Beat beat) {
        if (beat == null) {
            return;
        }
        confirmation.confirm(beat.nanoTime(), beat.wallMicros(), beat.redisMicros());
        if (!caughtUp.isAnswered()) {
            caughtUp.answer(true);
        }
    }

    /** The region is not followed any more. Any thread; runs nothing that callers attached. */
    void left() {
        link.moveTo(null);
        trouble = "the region is not followed any more";
        callbacks.execute(() -> caughtUp.fail(
                new BusException("region " + region + " is not followed any more, and had not caught up")));
    }

    /** Takes in why the region alone cannot be confirmed, or null once it was. */
    void trouble(@Nullable String why) {
        trouble = why;
    }

    /** Takes in how many live members the region has. Written by the control thread alone. */
    void liveMembers(int count) {
        liveMembers = count;
    }

    // ---- read by any thread

    /** Returns this member's row for the region as of now, without {@code seen=}. */
    public String row(long goneAfterMicros, String memberChannel, String memberName) {
        return MemberRow.format(
                position,
                appliedAtMicros,
                confirmation.confirmedAtMicros(),
                goneAfterMicros,
                epochs,
                memberChannel,
                memberName);
    }

    /** Puts where the region stands into words for operators. */
    void describe(Map<String, String> words) {
        Position at = position;
        String why = trouble();
        words.put("subscription", state.name().toLowerCase(Locale.ROOT));
        words.put("position", at == null ? "-" : at.toString());
        words.put("lag", Long.toString(lagRecords));
        words.put("confirmed", Long.toString(confirmation.confirmedAtMicros()));
        if (why != null) {
            words.put("trouble", why);
        }
    }

    /** Whether a position had been reached before its epoch was left. */
    boolean hadReached(Position target) {
        return epochs.hasReached(target);
    }

    RedisTime redisTime() {
        return redisTime;
    }

    @Override
    public String region() {
        return region;
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
        String own = trouble;
        return own == null ? link.trouble() : own;
    }

    @Override
    public OptionalLong clockErrorMicros() {
        return redisTime.errorMicros();
    }

    @Override
    public CompletableFuture<Void> caughtUp() {
        // A plain future would let a thread of the bus wait for itself.
        AnswerFuture<Void> mine = new AnswerFuture<>();
        mine.answerWith(caughtUp.thenRun(() -> {}));
        return mine;
    }

    @Override
    public CompletableFuture<Boolean> awaitPosition(Position target, Duration timeout) {
        return waiters.await(target, timeout, this);
    }
}
