package dev.freshet.cache.internal.tier;

import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.AsyncLoader;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.internal.load.LoadCall;
import dev.freshet.cache.internal.tier.LoadTurns.Turn;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way of a read that missed the local cache: the tier, then the loader; what either brings is kept in both. */
final class ReadThrough<V> {

    private static final Logger LOG = LoggerFactory.getLogger(ReadThrough.class);

    private final RegionCache<V> local;
    private final Tiering<V> tier;
    private final LoadTurns turns;
    private final Executor answers;

    /** @param answers runs loaders that hold no thread, in place of the thread that has read */
    ReadThrough(RegionCache<V> local, Tiering<V> tier, LoadTurns turns, Executor answers) {
        this.local = local;
        this.tier = tier;
        this.turns = turns;
        this.answers = answers;
    }

    @Nullable
    V get(String key, Loader<V> loader) {
        return local.get(key, (missed, context) -> load(missed, LoadCall.of(context), loader, null));
    }

    @Nullable
    V get(String key, Loader<V> loader, TieredMark since) {
        return local.get(key, (missed, context) -> load(missed, LoadCall.of(context), loader, since), since.local());
    }

    /** Runs as the local cache's load, under its lease. */
    private @Nullable V load(String key, LoadCall call, Loader<V> loader, @Nullable TieredMark since) throws Exception {
        if (isBypassed()) {
            return loader.load(key, call);
        }
        boolean refreshes = refreshes(key);
        // Whoever loads within a transaction keeps nobody waiting, and does not wait with the transaction open.
        LoadTurn turn = refreshes || since != null ? turns.read(key) : turns.take(key);
        Turn come = turn.await();
        Tiering.Fill<V> fill = taken(key, call, come, refreshes);
        return fill == null ? loaded(key, call, come, loader.load(key, call), since) : fill.value();
    }

    /** Whether a value that is there is being loaded because it grows old. The one in Redis is no younger. */
    private boolean refreshes(String key) {
        return local.count(List.of(Selector.keys(key))) > 0;
    }

    /** Takes what was read; null: the load is to begin. */
    private Tiering.@Nullable Fill<V> taken(String key, LoadCall call, Turn turn, boolean refreshes) {
        Tiering.Fill<V> fill = refreshes ? null : tier.fill(turn.read(), turn.askedMicros());
        turns.used(turn, fill != null);
        if (fill == null) {
            call.onEnd(result -> tier.release(key, turn.claim()));
        } else {
            call.adopt(fill.options(), fill.value() == null);
        }
        return fill;
    }

    /** What was loaded is to be kept in both tiers. */
    private @Nullable V loaded(String key, LoadCall call, Turn turn, @Nullable V value, @Nullable TieredMark since) {
        StoreOptions bounded = tier.bounded(call.options());
        call.ttl(bounded.ttl().orElse(Duration.ZERO));
        TierLease lease = Tiering.leaseOf(turn.read());
        boolean isSafe = since == null || (lease != null && since.covers(lease));
        call.onEnd(result -> tier.loaded(key, isSafe ? lease : null, value, bounded, turn.claim(), result));
        return value;
    }

    CompletableFuture<@Nullable V> getAsync(String key, AsyncLoader<V> loader) {
        return local.getAsync(key, (missed, context) -> loadAsync(missed, LoadCall.of(context), loader));
    }

    /** Runs as the local cache's load, under its lease. No foreign code runs on a thread of the tier. */
    private CompletionStage<? extends @Nullable V> loadAsync(String key, LoadCall call, AsyncLoader<V> loader)
            throws Exception {
        if (isBypassed()) {
            return loader.load(key, call);
        }
        boolean refreshes = refreshes(key);
        LoadTurn turn = refreshes ? turns.read(key) : turns.take(key);
        return turn.turn().thenComposeAsync(come -> fillOrLoad(key, call, come, refreshes, loader), answers);
    }

    private CompletionStage<@Nullable V> fillOrLoad(
            String key, LoadCall call, Turn turn, boolean refreshes, AsyncLoader<V> loader) {
        Tiering.Fill<V> fill = taken(key, call, turn, refreshes);
        if (fill != null) {
            return CompletableFuture.completedFuture(fill.value());
        }
        try {
            return loader.load(key, call).thenApply(value -> loaded(key, call, turn, value, null));
        } catch (Exception fault) {
            return CompletableFuture.failedFuture(fault);
        }
    }

    /**
     * @param found what the local cache returned for the key
     * @param again looks into the local cache once more, as for {@code found}
     */
    CompletableFuture<Lookup<V>> behind(String key, Lookup<V> found, Function<String, Lookup<V>> again) {
        if (!(found instanceof Lookup.Miss<V> miss) || isBypassed()) {
            return CompletableFuture.completedFuture(found);
        }
        long askedMicros = turns.time().wallMicros();
        return tier.read(key, tier.applied()).thenApply(read -> {
            try {
                return filled(key, miss, read, askedMicros, again);
            } catch (Throwable fault) {
                LOG.warn(
                        "Region {}: a value in Redis cannot be kept here, which counts as a miss",
                        local.region(),
                        fault);
                return found;
            }
        });
    }

    /** Asks Redis only for what a store there needs: what it has is not wanted. */
    CompletableFuture<Lookup<V>> fresh(String key, Lookup.Miss<V> miss) {
        if (isBypassed()) {
            return CompletableFuture.completedFuture(miss);
        }
        return tier.read(key, tier.applied()).handle((read, fault) -> {
            if (read != null) {
                tier.remember(miss.lease(), Tiering.leaseOf(read));
            }
            return miss;
        });
    }

    private Lookup<V> filled(
            String key, Lookup.Miss<V> miss, TierRead read, long askedMicros, Function<String, Lookup<V>> again) {
        Tiering.Fill<V> fill = tier.fill(read, askedMicros);
        if (fill == null) {
            tier.remember(miss.lease(), Tiering.leaseOf(read));
            return miss;
        }
        StoreResult kept = fill.value() == null
                ? local.storeAbsence(miss.lease(), fill.options())
                : local.store(miss.lease(), fill.value(), fill.options());
        // What was read may not be kept here: then the caller loads, under a lease that is still good.
        return kept.isTooLarge() ? miss : again.apply(key);
    }

    private boolean isBypassed() {
        return local.state() == ServingState.BYPASSED;
    }
}
