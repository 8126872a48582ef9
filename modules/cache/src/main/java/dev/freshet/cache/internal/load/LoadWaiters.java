package dev.freshet.cache.internal.load;

import dev.freshet.cache.Lookup;
import dev.freshet.cache.Lookup.Hit;
import dev.freshet.cache.Lookup.Miss;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.ConfirmationGate;
import dev.freshet.cache.internal.store.IssuedLease;
import dev.freshet.cache.internal.store.LeaseGrant;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Readers that missed while somebody else holds a lease of the key, and wait for what that one loads.
 *
 * <p>The invariant: a waiter is answered when the key is stored, or with a lease of its own when no other one of the key is
 * good any more or its time is over, whatever comes first; of several that wait when a lease dies, one is given the next one
 * and the others wait on for that. None is forgotten: a waiter registers before it looks, and whoever changes something
 * changes it before it wakes.
 *
 * <p>Blocks no thread. Bounded by number and by time; each has one timer at most, however often it is looked after.
 */
public final class LoadWaiters<V> {

    private static final class Waiter<V> {
        final String key;
        final long deadlineNanos;
        final Function<String, @Nullable Hit<V>> read;
        final CompletableFuture<Lookup<V>> answer = new CompletableFuture<>();
        final AtomicBoolean isQueued = new AtomicBoolean();

        // Guarded by this object's monitor.
        private @Nullable Future<?> timer;
        private long timerNanos;

        Waiter(String key, long deadlineNanos, Function<String, @Nullable Hit<V>> read) {
            this.key = key;
            this.deadlineNanos = deadlineNanos;
            this.read = read;
        }
    }

    private final RegionCacheConfig<V> config;
    private final CoherentStore<V> store;
    private final ConfirmationGate serving;
    private final Recorder recorder;
    private final @Nullable ScheduledExecutorService scheduler;
    private final Executor answers;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicBoolean isWakingAll = new AtomicBoolean();

    /** Guards itself. */
    private final Map<String, Set<Waiter<V>>> byKey = new HashMap<>();

    /** @param answers looks, and so runs what depends on answers, in place of the scheduler's thread */
    public LoadWaiters(
            RegionCacheConfig<V> config,
            CoherentStore<V> store,
            ConfirmationGate serving,
            Recorder recorder,
            Executor answers) {
        this.config = config;
        this.store = store;
        this.serving = serving;
        this.recorder = recorder;
        this.scheduler = config.scheduler();
        this.answers = answers;
    }

    /** How many wait. */
    public int count() {
        return count.get();
    }

    /**
     * Waits for another's load of the key, if there is one under way.
     *
     * @param read looks the key up without handing out a lease
     * @return null if there is no room for another waiter
     */
    @SuppressWarnings("FutureReturnValueIgnored") // the waiter's own is the one that counts
    @Nullable
    public CompletableFuture<Lookup<V>> await(String key, long waitNanos, Function<String, @Nullable Hit<V>> read) {
        if (count.incrementAndGet() > config.policies().maximumLoadWaiters()) {
            count.decrementAndGet();
            recorder.loadWaiterRefused();
            return null;
        }
        Waiter<V> waiter = new Waiter<>(key, config.time().nanoTime() + waitNanos, read);
        synchronized (byKey) {
            byKey.computeIfAbsent(key, none -> new LinkedHashSet<>(4)).add(waiter);
        }
        waiter.answer.whenComplete((lookup, fault) -> leave(waiter));
        look(waiter);
        return waiter.answer;
    }

    private void leave(Waiter<V> waiter) {
        synchronized (waiter) {
            Future<?> timer = waiter.timer;
            if (timer != null) {
                timer.cancel(false);
            }
        }
        synchronized (byKey) {
            Set<Waiter<V>> others = byKey.get(waiter.key);
            if (others != null && others.remove(waiter)) {
                count.decrementAndGet();
                if (others.isEmpty()) {
                    byKey.remove(waiter.key);
                }
            }
        }
    }

    /** The key was stored, or a load of it ended. */
    public void wake(String key) {
        if (count.get() == 0) {
            return;
        }
        List<Waiter<V>> waiting;
        synchronized (byKey) {
            waiting = List.copyOf(byKey.getOrDefault(key, Set.of()));
        }
        waiting.forEach(this::look);
    }

    /** Something was invalidated: leases may have died. Hands the work to the scheduler, for the bus must not wait for it. */
    public void wakeAll() {
        ScheduledExecutorService executor = scheduler;
        if (count.get() == 0 || executor == null || !isWakingAll.compareAndSet(false, true)) {
            return;
        }
        try {
            executor.execute(() -> {
                isWakingAll.set(false); // before looking: what comes later asks again
                all().forEach(this::lookElsewhere);
            });
        } catch (RejectedExecutionException shutDown) {
            isWakingAll.set(false);
        }
    }

    /** Looks for all of them, on the calling thread. */
    public void lookAll() {
        if (count.get() > 0) {
            all().forEach(this::look);
        }
    }

    private List<Waiter<V>> all() {
        List<Waiter<V>> waiting = new ArrayList<>();
        synchronized (byKey) {
            byKey.values().forEach(waiting::addAll);
        }
        return waiting;
    }

    /** Each waiter by itself, for what one caller attached may block; and once at a time, which bounds the queue. */
    private void lookElsewhere(Waiter<V> waiter) {
        if (waiter.isQueued.compareAndSet(false, true)) {
            answers.execute(() -> {
                waiter.isQueued.set(false); // before looking, as above
                look(waiter);
            });
        }
    }

    private void look(Waiter<V> waiter) {
        if (waiter.answer.isDone()) {
            return;
        }
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos();
        Hit<V> hit = waiter.read.apply(waiter.key);
        if (hit != null) {
            waiter.answer.complete(hit);
            return;
        }
        // A region that is bypassed by now would answer none of them: they would load one after the other.
        boolean isOver = nowNanos - waiter.deadlineNanos >= 0 || serving.isBypassed(confirmedAgeNanos);
        LeaseGrant grant = isOver
                ? new LeaseGrant(store.leases().issue(waiter.key, nowNanos), 0)
                : store.leases().issueUnlessLoading(waiter.key, nowNanos);
        IssuedLease lease = grant.lease();
        if (lease == null) {
            lookAgain(waiter, nowNanos, Math.min(waiter.deadlineNanos - nowNanos, grant.loadingNanos()));
        } else if (!waiter.answer.complete(new Miss<>(lease, serving.state(confirmedAgeNanos), confirmedAgeNanos))) {
            store.leases().giveBack(lease);
            wake(waiter.key);
        }
    }

    private void lookAgain(Waiter<V> waiter, long nowNanos, long afterNanos) {
        ScheduledExecutorService executor = scheduler;
        if (executor == null) {
            return;
        }
        long dueNanos = nowNanos + Math.max(0, afterNanos);
        try {
            synchronized (waiter) {
                Future<?> former = waiter.timer;
                if (waiter.answer.isDone() || (former != null && waiter.timerNanos - dueNanos <= 0)) {
                    return; // what looks earlier finds out for how long to wait on
                }
                if (former != null) {
                    former.cancel(false);
                }
                waiter.timerNanos = dueNanos;
                waiter.timer = executor.schedule(
                        () -> timeHasCome(waiter, dueNanos), dueNanos - nowNanos, TimeUnit.NANOSECONDS);
            }
        } catch (RejectedExecutionException shutDown) {
            IssuedLease lease = store.leases().issue(waiter.key, config.time().nanoTime());
            waiter.answer.complete(new Miss<>(lease, serving.state(Long.MAX_VALUE), Long.MAX_VALUE));
        }
    }

    private void timeHasCome(Waiter<V> waiter, long dueNanos) {
        synchronized (waiter) {
            if (waiter.timerNanos == dueNanos) {
                waiter.timer = null;
            }
        }
        lookElsewhere(waiter);
    }
}
