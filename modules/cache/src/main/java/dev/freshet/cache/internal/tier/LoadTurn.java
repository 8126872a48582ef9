package dev.freshet.cache.internal.tier;

import dev.freshet.bus.tier.TierClaim;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.internal.fence.ResetSpread;
import dev.freshet.cache.internal.tier.LoadTurns.Turn;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One load that waits for its turn: reads the tier, and again as long as another replica's load of the key is under way, for a bounded
 * time. Blocks no thread. Safe to use from any.
 *
 * <p>It waits for one load only. If that ends without a value, as when it fails, the next one would most likely do the same.
 */
final class LoadTurn {

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final LoadTurns turns;
    private final String key;
    private final @Nullable TierClaim claim;
    private final CompletableFuture<Turn> turn = new CompletableFuture<>();
    private final CompletableFuture<Void> asked = new CompletableFuture<>();

    // All below is guarded by this object's monitor.

    /** The claim of the load that it waits for; null: it has not waited. */
    private @Nullable String awaited;

    /** What was read last while it waited. */
    private TierRead last = new TierRead.Unavailable("not read");

    private boolean isAsking;
    private long dueNanos;
    private long deadlineNanos;
    private long pauseNanos = FIRST_PAUSE_NANOS;
    private @Nullable Future<?> timer;
    private @Nullable Future<?> deadline;

    /** @param claim null: it waits for nobody */
    LoadTurn(LoadTurns turns, String key, @Nullable TierClaim claim) {
        this.turns = turns;
        this.key = key;
        this.claim = claim;
    }

    /** Completes when the load may use what was read, or begin; never exceptionally, unless it is given up. */
    CompletableFuture<Turn> turn() {
        return turn;
    }

    /** Waits for the tier's first answer, for as long as any call of the tier takes. Returns whether the turn has come. */
    boolean hasCome() {
        asked.join();
        return turn.isDone();
    }

    /**
     * Waits for the turn.
     *
     * @throws InterruptedException if the thread is interrupted while another replica loads; the turn is given up then
     */
    Turn await() throws InterruptedException {
        asked.join();
        try {
            return turn.get();
        } catch (ExecutionException fault) {
            throw new IllegalStateException("a turn cannot fail", fault);
        } catch (InterruptedException interrupted) {
            giveUp();
            throw interrupted;
        }
    }

    /** Reads, and claims the load of the key unless another replica has. */
    @SuppressWarnings("FutureReturnValueIgnored") // it only completes the turn
    void ask() {
        synchronized (this) {
            isAsking = true;
        }
        Tiering<?> tier = turns.tier();
        long askedMicros = turns.time().wallMicros();
        tier.read(key, tier.applied(), claim)
                .whenComplete((read, fault) -> answered(
                        fault == null ? read : new TierRead.Unavailable(String.valueOf(fault.getMessage())),
                        askedMicros));
    }

    private void answered(TierRead read, long askedMicros) {
        boolean isElsewhere =
                claim != null && read instanceof TierRead.Absent absent && absent.isLoadedByAnother(claim);
        if (isElsewhere && waitsOn((TierRead.Absent) read)) {
            asked.complete(null);
        } else {
            // Where Redis did not answer, the claim may be made all the same.
            end(read, askedMicros, isElsewhere || read instanceof TierRead.Found ? null : claim);
        }
    }

    private synchronized boolean waitsOn(TierRead.Absent read) {
        isAsking = false;
        last = read;
        if (turn.isDone()) {
            return true; // it was given up meanwhile, and has claimed nothing
        }
        long nowNanos = turns.time().nanoTime();
        boolean isFirst = awaited == null;
        String loading = Objects.requireNonNull(read.loadedUnder());
        if (isFirst) {
            awaited = loading;
            deadlineNanos = nowNanos + turns.longestWaitNanos();
        }
        long leftNanos = deadlineNanos - nowNanos;
        if (leftNanos <= 0 || !loading.equals(awaited) || (isFirst && !turns.enter(this))) {
            return false;
        }
        long nanos = Math.min(leftNanos, pauseNanos(nowNanos));
        dueNanos = nowNanos + nanos;
        ScheduledExecutorService scheduler = turns.scheduler();
        if (scheduler == null) {
            return true;
        }
        try {
            if (isFirst) {
                deadline = scheduler.schedule(this::waitNoLonger, leftNanos, TimeUnit.NANOSECONDS);
            }
            timer = scheduler.schedule(this::askAgain, nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (RejectedExecutionException shutDown) {
            return false;
        }
    }

    /** Grows, and differs between replicas. */
    private long pauseNanos(long nowNanos) {
        long pause = pauseNanos;
        pauseNanos = Math.min(LONGEST_PAUSE_NANOS, pause + pause / 2);
        return (long) (pause * (0.75 + ResetSpread.fraction(nowNanos + key.hashCode()) / 2));
    }

    private void askAgain() {
        if (!turn.isDone()) {
            ask();
        }
    }

    /** Does what is due, for a cache without a scheduler. */
    void look() {
        long nowNanos = turns.time().nanoTime();
        boolean isOver;
        boolean isDue;
        synchronized (this) {
            isOver = nowNanos - deadlineNanos >= 0;
            isDue = !isAsking && nowNanos - dueNanos >= 0;
        }
        if (isOver) {
            waitNoLonger();
        } else if (isDue) {
            askAgain();
        }
    }

    /** The load begins, with what was read last. */
    void waitNoLonger() {
        TierRead read;
        synchronized (this) {
            read = last;
        }
        end(read, 0, null); // in which nothing was found
    }

    private void end(TierRead read, long askedMicros, @Nullable TierClaim own) {
        boolean hasWaited;
        synchronized (this) {
            hasWaited = awaited != null;
        }
        if (!turn.complete(new Turn(read, askedMicros, own, hasWaited))) {
            turns.tier().release(key, own); // it has begun without this answer
        }
        asked.complete(null);
        leave();
    }

    /** Nobody will load under this turn, nor use what it reads. */
    void giveUp() {
        if (!turn.cancel(false) && !turn.isCancelled()) {
            turns.tier().release(key, turn.join().claim());
        }
        leave();
    }

    private void leave() {
        synchronized (this) {
            if (timer != null) {
                timer.cancel(false);
            }
            if (deadline != null) {
                deadline.cancel(false);
            }
        }
        turns.leave(this);
    }
}
