package dev.freshet.cache.internal.tier;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.tier.TierClaim;
import dev.freshet.bus.tier.TierRead;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tier for loads. Where the region has one load across all replicas, a load whose key another replica is loading waits for that
 * value first.
 *
 * <p>A wait is a courtesy, and decides nothing: what ends it is a read of the tier like any other, under the waiter's own lease. So
 * whatever goes wrong with a claim costs a wait or a second load, and never makes a value older.
 */
final class LoadTurns {

    /** At most this many loads wait; more load at once. */
    private static final int MAXIMUM_WAITS = 10_000;

    /**
     * A load may use what it has read, or begin.
     *
     * @param askedMicros the wall clock before the read
     * @param claim to be ended when the load ends; null: none
     * @param hasWaited whether another replica was loading the key
     */
    record Turn(TierRead read, long askedMicros, @Nullable TierClaim claim, boolean hasWaited) {}

    private final Tiering<?> tier;
    private final TimeSource time;
    private final @Nullable ScheduledExecutorService scheduler;
    private final Duration longestWait;
    private final Set<LoadTurn> waiting = ConcurrentHashMap.newKeySet();
    private final AtomicInteger waits = new AtomicInteger();
    private final LongAdder spared = new LongAdder();
    private final LongAdder inVain = new LongAdder();
    private volatile boolean isClosed;

    /**
     * @param scheduler asks again; null: {@link #sweep} does
     * @param longestWait zero: nobody waits
     */
    LoadTurns(Tiering<?> tier, TimeSource time, @Nullable ScheduledExecutorService scheduler, Duration longestWait) {
        this.tier = tier;
        this.time = time;
        this.scheduler = scheduler;
        this.longestWait = longestWait;
    }

    /** Reads, for a load whose local lease was handed out before. */
    LoadTurn read(String key) {
        return asking(key, null);
    }

    /** Reads, and waits while another replica loads the key; for a load whose local lease was handed out before. */
    LoadTurn take(String key) {
        return asking(key, longestWait.isZero() ? null : TierClaim.of(longestWait));
    }

    private LoadTurn asking(String key, @Nullable TierClaim claim) {
        LoadTurn turn = new LoadTurn(this, key, claim);
        turn.ask();
        return turn;
    }

    Tiering<?> tier() {
        return tier;
    }

    TimeSource time() {
        return time;
    }

    @Nullable
    ScheduledExecutorService scheduler() {
        return scheduler;
    }

    long longestWaitNanos() {
        return longestWait.toNanos();
    }

    /** Returns whether there is room for one more that waits. */
    boolean enter(LoadTurn turn) {
        if (isClosed || waits.incrementAndGet() > MAXIMUM_WAITS) {
            waits.decrementAndGet();
            return false;
        }
        waiting.add(turn);
        return true;
    }

    void leave(LoadTurn turn) {
        if (waiting.remove(turn)) {
            waits.decrementAndGet();
        }
    }

    /** A load knows whether its turn gave it a value. */
    void used(Turn turn, boolean hasValue) {
        if (turn.hasWaited()) {
            (hasValue ? spared : inVain).increment();
        }
    }

    /** How many loads another replica's spared. */
    long loadsSpared() {
        return spared.sum();
    }

    /** How many loads were awaited that brought no value here. */
    long loadsAwaitedInVain() {
        return inVain.sum();
    }

    /** Asks again for those whose time has come, for a cache without a scheduler. */
    void sweep() {
        if (scheduler == null) {
            waiting.forEach(LoadTurn::look);
        }
    }

    /** Lets all that wait load. */
    void close() {
        isClosed = true;
        waiting.forEach(LoadTurn::waitNoLonger);
    }
}
