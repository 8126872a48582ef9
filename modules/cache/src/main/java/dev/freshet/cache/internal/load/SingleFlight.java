package dev.freshet.cache.internal.load;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.AsyncLoader;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.LoadTimeoutException;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup.Hit;
import dev.freshet.cache.RecursiveLoadException;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.ConfirmationGate;
import dev.freshet.cache.internal.store.Flight;
import dev.freshet.cache.internal.store.IssuedMark;
import dev.freshet.cache.internal.store.KeyStripe;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lets concurrent callers of a key share one load, as long as nothing was invalidated since it began and it does not take too
 * long. A caller that waits takes the load over if the loading thread is interrupted.
 */
public final class SingleFlight<V> {

    /** Which load each waiting thread waits for, across all caches of the process: loads may get from other caches. */
    private static final Map<Thread, Flight<?>> WAITING = new ConcurrentHashMap<>();

    private final RegionCacheConfig<V> config;
    private final CoherentStore<V> store;
    private final Recorder recorder;
    private final TimeSource time;
    private final ConfirmationGate serving;
    private final LoadRun<V> runs;
    private final Consumer<String> loadEnded;
    private final Function<String, @Nullable Hit<V>> copies;

    /**
     * @param afterStore is told what became of a value
     * @param loadEnded is told of each key whose load ended, or is not waited for any more
     * @param copies returns what may stand in for a load that takes long
     */
    public SingleFlight(
            RegionCacheConfig<V> config,
            CoherentStore<V> store,
            Recorder recorder,
            ConfirmationGate serving,
            BiConsumer<StoreResult, StoreOptions> afterStore,
            Consumer<String> loadEnded,
            Function<String, @Nullable Hit<V>> copies) {
        this.config = config;
        this.store = store;
        this.recorder = recorder;
        this.time = config.time();
        this.serving = serving;
        this.runs = new LoadRun<>(config, store, recorder, afterStore, loadEnded);
        this.loadEnded = loadEnded;
        this.copies = copies;
    }

    /**
     * What a caller finds that missed.
     *
     * @param flight the load to wait for; null: the value was stored meanwhile
     * @param isOwn whether it is this caller who begins the load
     */
    record Joined<V>(@Nullable Flight<V> flight, @Nullable V stored, boolean isOwn) {}

    /** Looks again, and joins the load of the key that is under way, or adds one. */
    private Joined<V> join(
            KeyStripe<V> stripe, String key, @Nullable IssuedMark since, boolean isAsync, long nowNanos) {
        boolean isBypassed = serving.isBypassed();
        synchronized (stripe) {
            // A load may have ended since the caller's miss.
            Entry<V> entry = isBypassed ? null : store.entries().peek(key, time.nanoTime());
            if (entry != null) {
                entry.stampRead(time.nanoTime());
                return new Joined<>(null, entry.value, false);
            }
            Flight<V> other = joinable(stripe, key, isBypassed, nowNanos);
            if (other != null) {
                return new Joined<>(other, null, false);
            }
            Flight<V> own = new Flight<>(store.leases().issueForLoad(stripe, key, nowNanos, since), nowNanos, false);
            own.isAsync = isAsync;
            stripe.flights.put(key, own);
            return new Joined<>(own, null, true);
        }
    }

    /** Joins the load of a key, or begins one that holds no thread. */
    Joined<V> joinOrBegin(String key, AsyncLoader<V> loader, long nowNanos) {
        KeyStripe<V> stripe = store.leases().stripe(key);
        Joined<V> joined = join(stripe, key, null, true, nowNanos);
        Flight<V> flight = joined.flight();
        if (flight != null && joined.isOwn()) {
            runs.begin(stripe, flight, loader);
        }
        return joined;
    }

    /** Loads, or waits for another caller's load; again if that load is given up. Each caller begins one load at most. */
    public Outcome<V> get(String key, Loader<V> loader) {
        return get(key, loader, null);
    }

    /**
     * Loads, or waits for another caller's load.
     *
     * @param since what a load of this caller brings is as old as this mark; it runs on this thread. Null: as old as this call
     */
    public Outcome<V> get(String key, Loader<V> loader, @Nullable IssuedMark since) {
        Patience patience = new Patience(time, config.policies());
        KeyStripe<V> stripe = store.leases().stripe(key);
        while (true) {
            Joined<V> joined = join(stripe, key, since, false, patience.nowNanos());
            Flight<V> flight = joined.flight();
            if (flight == null) {
                return Outcome.loaded(joined.stored());
            }
            boolean isOwn = joined.isOwn();
            if (isOwn) {
                begin(stripe, flight, loader, since != null);
            } else if (!flight.isAsync && flight.loader == null && runs.isLoading()) {
                // The load waits for a thread of the executor, and this may be the one.
                runs.run(stripe, flight, loader);
            }
            Outcome<V> outcome = await(key, stripe, flight, isOwn, patience);
            if (outcome != null) {
                return outcome;
            }
            recorder.loadTakenOver();
        }
    }

    /** The load of the key that a caller may wait for. To be called with the stripe's monitor held. */
    private @Nullable Flight<V> joinable(KeyStripe<V> stripe, String key, boolean isBypassed, long nowNanos) {
        Flight<V> flight = stripe.flights.get(key);
        if (flight == null) {
            return null;
        }
        if (flight.loader == Thread.currentThread()) {
            throw new RecursiveLoadException(key);
        }
        if (config.policies().isOverdue(flight.startedNanos, nowNanos)) {
            store.leases().abandon(stripe, flight, flight.hasBegun());
            return null;
        }
        boolean isTooOld = isBypassed && nowNanos - flight.startedNanos > serving.afterNanos();
        return isTooOld || !store.leases().isCurrent(flight.lease) ? null : flight;
    }

    private void begin(KeyStripe<V> stripe, Flight<V> flight, Loader<V> loader, boolean isOfTransaction) {
        Executor executor = config.policies().loadExecutor();
        if (executor == null || isOfTransaction || runs.isLoading()) {
            runs.runHere(stripe, flight, loader);
            return;
        }
        try {
            executor.execute(() -> runs.run(stripe, flight, loader));
        } catch (Throwable rejected) {
            recorder.loadRejected();
            runs.fail(stripe, flight, rejected);
        }
    }

    /** Loads on the calling thread what is cached still, unless a load of it is under way. A fault leaves what is there. */
    void refresh(String key, Loader<V> loader) {
        try {
            Flight<V> flight = refreshing(key, false);
            if (flight != null) {
                runs.run(store.leases().stripe(key), flight, loader);
            }
        } catch (LinkageError fault) { // not the loader's, whose faults are kept for those who wait
            serving.broken("what refreshes region \"" + config.region() + "\"", fault);
        }
    }

    /** Begins to load what is cached still, without holding a thread. */
    void refreshAsync(String key, AsyncLoader<V> loader) {
        Flight<V> flight = refreshing(key, true);
        if (flight != null) {
            runs.begin(store.leases().stripe(key), flight, loader);
        }
    }

    /** Adds a load that refreshes; returns null if one of the key is under way. */
    private @Nullable Flight<V> refreshing(String key, boolean isAsync) {
        KeyStripe<V> stripe = store.leases().stripe(key);
        synchronized (stripe) {
            long nowNanos = time.nanoTime();
            Flight<V> other = stripe.flights.get(key);
            if (other != null && config.policies().isOverdue(other.startedNanos, nowNanos)) {
                store.leases().abandon(stripe, other, other.hasBegun());
            } else if (other != null && store.leases().isCurrent(other.lease)) {
                return null;
            }
            Flight<V> flight = new Flight<>(store.leases().issueForLoad(stripe, key, nowNanos, null), nowNanos, true);
            flight.isAsync = isAsync;
            stripe.flights.put(key, flight);
            return flight;
        }
    }

    /** Returns null if the load was given up, so that the caller is to look again. */
    private @Nullable Outcome<V> await(
            String key, KeyStripe<V> stripe, Flight<V> flight, boolean isOwn, Patience patience) {
        Thread caller = Thread.currentThread();
        if (!flight.result.isDone()) {
            WAITING.put(caller, flight);
        }
        try {
            refuseCycle(key, caller, flight);
            while (true) {
                try {
                    long nanos = patience.nanosToWait(flight.startedNanos);
                    return Outcome.loaded(flight.result.get(nanos, TimeUnit.NANOSECONDS));
                } catch (TimeoutException notYet) {
                    switch (patience.passed(flight.startedNanos)) {
                        case SOFT -> {
                            Hit<V> copy = copies.apply(key);
                            if (copy != null) {
                                return new Outcome<>(
                                        null,
                                        copy,
                                        tookLongerThan(key, config.policies().softTimeoutNanos()));
                            }
                        }
                        case HARD -> {
                            abandonIfOverdue(key, stripe, flight, patience.nowNanos());
                            recorder.loadTimedOut();
                            throw tookLongerThan(key, config.policies().loadTimeoutNanos());
                        }
                        case OF_THE_LOAD -> {
                            abandonIfOverdue(key, stripe, flight, patience.nowNanos());
                            return null;
                        }
                        case NONE -> {}
                    }
                }
            }
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause() == null ? failed : failed.getCause();
            if (cause instanceof LoadRun.Interruption interruption) {
                if (!isOwn) {
                    return null;
                }
                cause = interruption.fault();
            }
            throw new LoadException("the load of key \"" + key + "\" failed", cause);
        } catch (InterruptedException interrupted) {
            caller.interrupt();
            throw new LoadException("interrupted while waiting for the load of key \"" + key + "\"", interrupted);
        } finally {
            WAITING.remove(caller);
        }
    }

    static LoadTimeoutException tookLongerThan(String key, long nanos) {
        return new LoadTimeoutException("the load of key \"" + key + "\" took longer than "
                + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms; it goes on, and is stored unless it is invalidated");
    }

    /** Lets others load, if nobody is to wait for this load any longer. */
    void abandonIfOverdue(String key, Flight<V> flight, long nowNanos) {
        abandonIfOverdue(key, store.leases().stripe(key), flight, nowNanos);
    }

    private void abandonIfOverdue(String key, KeyStripe<V> stripe, Flight<V> flight, long nowNanos) {
        synchronized (stripe) {
            if (flight.isAbandoned || !config.policies().isOverdue(flight.startedNanos, nowNanos)) {
                return;
            }
            store.leases().abandon(stripe, flight, flight.hasBegun());
        }
        loadEnded.accept(key);
    }

    /** Each waiter registers before it looks, so of those that would wait in a circle at least one sees it. */
    private static void refuseCycle(String key, Thread caller, Flight<?> first) {
        Flight<?> flight = first;
        while (flight != null && !flight.result.isDone()) {
            Thread loader = flight.loader;
            if (loader == caller) {
                throw new RecursiveLoadException(key);
            }
            flight = loader == null ? null : WAITING.get(loader);
        }
    }
}
