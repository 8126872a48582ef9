package dev.freshet.cache.internal.load;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.Loader;
import dev.freshet.cache.RecursiveLoadException;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.ConfirmationGate;
import dev.freshet.cache.internal.store.Expiration;
import dev.freshet.cache.internal.store.Flight;
import dev.freshet.cache.internal.store.KeyStripe;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Lets concurrent callers of a key share one load, as long as nothing was invalidated since it began. */
public final class SingleFlight<V> {

    /** Which load each waiting thread waits for, across all caches of the process: loads may get from other caches. */
    private static final Map<Thread, Flight<?>> WAITING = new ConcurrentHashMap<>();

    private final RegionCacheConfig<V> config;
    private final CoherentStore<V> store;
    private final Recorder recorder;
    private final TimeSource time;
    private final ConfirmationGate serving;
    private final BiConsumer<StoreResult, StoreOptions> afterStore;
    private final Consumer<String> loadEnded;

    public SingleFlight(
            RegionCacheConfig<V> config,
            CoherentStore<V> store,
            Recorder recorder,
            ConfirmationGate serving,
            BiConsumer<StoreResult, StoreOptions> afterStore,
            Consumer<String> loadEnded) {
        this.config = config;
        this.store = store;
        this.recorder = recorder;
        this.time = config.time();
        this.serving = serving;
        this.afterStore = afterStore;
        this.loadEnded = loadEnded;
    }

    @Nullable
    public V get(String key, Loader<V> loader) {
        Thread caller = Thread.currentThread();
        boolean bypassed = serving.isBypassed();
        long nowNanos = time.nanoTime();
        KeyStripe<V> stripe = store.leases().stripe(key);
        Flight<V> flight;
        synchronized (stripe) {
            if (!bypassed) {
                // A load may have ended since the caller's miss.
                Entry<V> entry = store.entries().peek(key, nowNanos);
                if (entry != null) {
                    entry.stampRead(nowNanos);
                    return entry.value;
                }
            }
            flight = stripe.flights.get(key);
            if (flight != null && flight.loader == caller) {
                throw new RecursiveLoadException(key);
            }
            if (flight == null
                    || !store.leases().isCurrent(flight.lease)
                    || (bypassed && nowNanos - flight.startedNanos > serving.afterNanos())) {
                flight = new Flight<>(store.leases().issueForLoad(stripe, key), caller, nowNanos, false);
                stripe.flights.put(key, flight);
            }
        }
        if (flight.loader == caller) {
            run(stripe, flight, loader);
        }
        return await(key, flight);
    }

    /** Loads on the calling thread what is cached still, unless a load of it is under way. A fault leaves what is there. */
    void refresh(String key, Loader<V> loader) {
        KeyStripe<V> stripe = store.leases().stripe(key);
        Flight<V> flight;
        synchronized (stripe) {
            Flight<V> other = stripe.flights.get(key);
            if (other != null && store.leases().isCurrent(other.lease)) {
                return;
            }
            flight = new Flight<>(
                    store.leases().issueForLoad(stripe, key), Thread.currentThread(), time.nanoTime(), true);
            stripe.flights.put(key, flight);
        }
        run(stripe, flight, loader);
    }

    private void run(KeyStripe<V> stripe, Flight<V> flight, Loader<V> loader) {
        String key = flight.lease.key();
        LoadCall call = new LoadCall();
        V value;
        StoreResult result = null;
        try {
            value = loader.load(key, call);
            result = end(stripe, flight, value, call);
        } catch (Throwable fault) {
            synchronized (stripe) {
                store.leases().use(stripe, flight.lease);
                stripe.flights.remove(key, flight);
            }
            flight.result.completeExceptionally(fault);
            loadEnded.accept(key);
            recorder.loaded(time.nanoTime() - flight.startedNanos, true);
            if (fault instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            if (fault instanceof Error error) {
                throw error;
            }
            return;
        }
        flight.result.complete(value);
        loadEnded.accept(key);
        recorder.loaded(time.nanoTime() - flight.startedNanos, false);
        if (result != null) {
            afterStore.accept(result, call.options());
            call.ended(result);
        }
    }

    /** Ends the load and stores what it brought in one step, so that later callers find the one or the other. */
    private @Nullable StoreResult end(KeyStripe<V> stripe, Flight<V> flight, @Nullable V value, LoadCall call) {
        String key = flight.lease.key();
        boolean keeps = call.keeps(value == null);
        long nowNanos = time.nanoTime();
        Entry.Details details = Expiration.details(call.options(), time, nowNanos);
        long weightBytes = keeps ? config.weightBytes(key, value, details) : 0;
        synchronized (stripe) {
            StoreResult result =
                    keeps ? store.storeUnder(stripe, flight.lease, value, details, weightBytes, nowNanos) : null;
            if (!keeps && flight.refreshes) {
                store.removeUnder(flight.lease); // the newest value is not to be kept, so neither is the one before
            }
            store.leases().use(stripe, flight.lease);
            stripe.flights.remove(key, flight);
            return result;
        }
    }

    private @Nullable V await(String key, Flight<V> flight) {
        Thread caller = Thread.currentThread();
        if (!flight.result.isDone()) {
            WAITING.put(caller, flight);
        }
        try {
            refuseCycle(key, caller, flight);
            return flight.result.get();
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause();
            throw new LoadException("the load of key \"" + key + "\" failed", cause == null ? failed : cause);
        } catch (InterruptedException interrupted) {
            caller.interrupt();
            throw new LoadException("interrupted while waiting for the load of key \"" + key + "\"", interrupted);
        } finally {
            WAITING.remove(caller);
        }
    }

    /** Each waiter registers before it looks, so of those that would wait in a circle at least one sees it. */
    private static void refuseCycle(String key, Thread caller, Flight<?> first) {
        Flight<?> flight = first;
        while (flight != null && !flight.result.isDone()) {
            if (flight.loader == caller) {
                throw new RecursiveLoadException(key);
            }
            flight = WAITING.get(flight.loader);
        }
    }
}
