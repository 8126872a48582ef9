package dev.freshet.cache.internal.load;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.AsyncLoader;
import dev.freshet.cache.Loader;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.Expiration;
import dev.freshet.cache.internal.store.Flight;
import dev.freshet.cache.internal.store.KeyStripe;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs loaders and stores what they bring. Whatever a loader or a weigher throws, the load ends for all that wait for it, and the
 * running thread goes on.
 */
final class LoadRun<V> {

    private static final Logger LOG = LoggerFactory.getLogger(LoadRun.class);

    /** The threads that run loads, across all caches of the process. */
    private static final Set<Thread> LOADING = ConcurrentHashMap.newKeySet();

    /** Ends a load whose thread was interrupted: that says nothing about the source. */
    static final class Interruption extends Exception {
        private static final long serialVersionUID = 1L;

        Interruption(Throwable fault) {
            super(fault);
        }

        Throwable fault() {
            Throwable fault = getCause();
            return fault == null ? this : fault;
        }
    }

    private final RegionCacheConfig<V> config;
    private final CoherentStore<V> store;
    private final Recorder recorder;
    private final TimeSource time;
    private final BiConsumer<StoreResult, StoreOptions> afterStore;
    private final Consumer<String> loadEnded;

    LoadRun(
            RegionCacheConfig<V> config,
            CoherentStore<V> store,
            Recorder recorder,
            BiConsumer<StoreResult, StoreOptions> afterStore,
            Consumer<String> loadEnded) {
        this.config = config;
        this.store = store;
        this.recorder = recorder;
        this.time = config.time();
        this.afterStore = afterStore;
        this.loadEnded = loadEnded;
    }

    /** Whether the calling thread runs a load, which therefore needs another key. */
    boolean isLoading() {
        return LOADING.contains(Thread.currentThread());
    }

    /** Runs a load on its caller's thread, to which an Error goes as it is. */
    void runHere(KeyStripe<V> stripe, Flight<V> flight, Loader<V> loader) {
        Throwable fault = run(stripe, flight, loader);
        if (fault instanceof Error error) {
            throw error;
        }
    }

    /** Runs a load, unless somebody else does or nobody waits for it any more. Returns its fault, which those that wait get. */
    @Nullable
    Throwable run(KeyStripe<V> stripe, Flight<V> flight, Loader<V> loader) {
        Thread thread = Thread.currentThread();
        synchronized (stripe) {
            if (flight.isAbandoned || flight.loader != null) {
                return null;
            }
            flight.loader = thread;
        }
        boolean isOutermost = LOADING.add(thread);
        try {
            return load(stripe, flight, loader);
        } finally {
            if (isOutermost) {
                LOADING.remove(thread);
            }
        }
    }

    /** Begins a load that holds no thread. It ends on the thread that completes the loader's stage. */
    void begin(KeyStripe<V> stripe, Flight<V> flight, AsyncLoader<V> loader) {
        LoadCall call = new LoadCall();
        try {
            loader.load(flight.lease.key(), call).whenComplete((value, fault) -> {
                if (fault == null) {
                    ended(stripe, flight, value, call);
                } else {
                    fail(stripe, flight, unwrapped(fault), call);
                }
            });
        } catch (Throwable fault) {
            fail(stripe, flight, fault, call);
        }
    }

    private static Throwable unwrapped(Throwable fault) {
        return fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
    }

    private void ended(KeyStripe<V> stripe, Flight<V> flight, @Nullable V value, LoadCall call) {
        StoreResult result;
        try {
            result = end(stripe, flight, value, call);
        } catch (Throwable fault) {
            fail(stripe, flight, fault, call);
            return;
        }
        flight.result.complete(value);
        told(flight, call, result);
    }

    private @Nullable Throwable load(KeyStripe<V> stripe, Flight<V> flight, Loader<V> loader) {
        LoadCall call = new LoadCall();
        V value;
        StoreResult result;
        try {
            value = loader.load(flight.lease.key(), call);
            result = end(stripe, flight, value, call);
        } catch (Throwable fault) {
            fail(stripe, flight, fault, call);
            return fault;
        }
        flight.result.complete(value);
        told(flight, call, result);
        return null;
    }

    private void fail(KeyStripe<V> stripe, Flight<V> flight, Throwable fault, LoadCall call) {
        fail(stripe, flight, fault);
        tellTier(call, null);
    }

    /** Ends a load that has failed. */
    void fail(KeyStripe<V> stripe, Flight<V> flight, Throwable fault) {
        synchronized (stripe) {
            store.leases().use(stripe, flight.lease);
            stripe.flights.remove(flight.lease.key(), flight);
        }
        boolean wasInterrupted = isInterruption(fault);
        flight.result.completeExceptionally(wasInterrupted ? new Interruption(fault) : fault);
        if (fault instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        loadEnded.accept(flight.lease.key());
        recorder.loaded(time.nanoTime() - flight.startedNanos, true);
    }

    private static boolean isInterruption(Throwable fault) {
        if (Thread.currentThread().isInterrupted()) {
            return true;
        }
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException
                    || cause instanceof ClosedByInterruptException
                    || (cause instanceof InterruptedIOException && !(cause instanceof SocketTimeoutException))) {
                return true;
            }
        }
        return false;
    }

    /** Ends the load and stores what it brought in one step, so that later callers find the one or the other. */
    private @Nullable StoreResult end(KeyStripe<V> stripe, Flight<V> flight, @Nullable V value, LoadCall call) {
        String key = flight.lease.key();
        boolean keeps = call.keeps(value == null);
        long nowNanos = time.nanoTime();
        Entry.Details details = Expiration.details(call.options(), time, nowNanos);
        long weightBytes = keeps ? store.weigh(key, value, details) : 0;
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

    private void told(Flight<V> flight, LoadCall call, @Nullable StoreResult result) {
        loadEnded.accept(flight.lease.key());
        recorder.loaded(time.nanoTime() - flight.startedNanos, false);
        if (result != null) {
            afterStore.accept(result, call.options());
        }
        tellTier(call, result);
    }

    private void tellTier(LoadCall call, @Nullable StoreResult result) {
        try {
            call.ended(result);
        } catch (Throwable fault) {
            LOG.warn("Region {}: the tier behind was not told of a loaded value", config.region(), fault);
        }
    }
}
