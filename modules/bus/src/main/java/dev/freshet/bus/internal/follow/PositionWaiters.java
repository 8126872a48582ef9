package dev.freshet.bus.internal.follow;

import dev.freshet.bus.internal.thread.Timeouts;
import dev.freshet.schema.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/** Callers that wait until a region has applied a position. Every method but {@link #await} is called under the region's lock. */
final class PositionWaiters {

    /** At most so many callers wait at a time; a further one is told at once that the position is not applied in time. */
    private static final int MAX_WAITERS = 10_000;

    /** @param done completed by the bus alone; callers get what depends on it */
    private record Waiter(Position position, CompletableFuture<Boolean> done) {}

    private final Object lock;
    private final CurrentLink link;
    private final Executor callbacks;
    private final List<Waiter> waiters = new ArrayList<>();

    /**
     * For one region.
     *
     * @param lock the region's: a position that is shown while somebody begins to wait must not be missed
     * @param callbacks runs what callers attach
     */
    PositionWaiters(Object lock, CurrentLink link, Executor callbacks) {
        this.callbacks = callbacks;
        this.lock = lock;
        this.link = link;
    }

    /** Waits for a position, and asks for a heartbeat, which shows what this region missed. Any thread; never blocks. */
    CompletableFuture<Boolean> await(Position target, Duration timeout, RegionProgress progress) {
        Waiter waiter = new Waiter(target, new CompletableFuture<>());
        synchronized (lock) {
            Position now = progress.position();
            if ((now != null && covers(now, target)) || progress.hadReached(target)) {
                return CompletableFuture.completedFuture(true);
            }
            if (waiters.size() >= MAX_WAITERS) {
                return CompletableFuture.completedFuture(false);
            }
            waiters.add(waiter);
        }
        link.beatNow();
        Timeouts.unlessDone(waiter.done, timeout.toNanos(), () -> waiter.done.complete(false));
        // Neither the lock nor the receiving thread may run what callers attach.
        return waiter.done.whenCompleteAsync(
                (done, failure) -> {
                    synchronized (lock) {
                        waiters.remove(waiter);
                    }
                },
                callbacks);
    }

    /**
     * The region's position moved.
     *
     * @param isAdopted whether every entry was dropped for a new epoch: that covers whatever was appended before, and so what
     *     those who wait already wait for
     */
    void moved(Position now, boolean isAdopted) {
        if (!waiters.isEmpty()) {
            settle(waiter -> isAdopted || covers(now, waiter.position));
        }
    }

    private static boolean covers(Position now, Position target) {
        return now.epoch() == target.epoch() && now.sequence() >= target.sequence();
    }

    private void settle(Predicate<Waiter> settled) {
        for (Waiter waiter : List.copyOf(waiters)) {
            if (settled.test(waiter)) {
                waiters.remove(waiter);
                waiter.done.complete(true);
            }
        }
    }
}
