package dev.freshet.cache.internal.tier;

import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.internal.load.LoadCall;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way of a read that missed the local cache: the tier, then the loader; what either brings is kept in both. */
final class ReadThrough<V> {

    private static final Logger LOG = LoggerFactory.getLogger(ReadThrough.class);

    private final RegionCache<V> local;
    private final Tiering<V> tier;

    ReadThrough(RegionCache<V> local, Tiering<V> tier) {
        this.local = local;
        this.tier = tier;
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
        TierRead read = tier.read(key, tier.applied()).join();
        // A value that is there is being loaded because it grows old; the one in Redis is no younger.
        Tiering.Fill<V> fill = local.count(List.of(Selector.keys(key))) > 0 ? null : tier.fill(read);
        if (fill != null) {
            call.adopt(fill.options(), fill.value() == null);
            return fill.value();
        }
        V value = loader.load(key, call);
        StoreOptions bounded = tier.bounded(call.options());
        call.ttl(bounded.ttl().orElse(Duration.ZERO));
        TierLease lease = Tiering.leaseOf(read);
        boolean isSafe = since == null || (lease != null && since.covers(lease));
        call.onStored(() -> tier.store(key, isSafe ? lease : null, value, bounded));
        call.onTooLarge(() -> tier.drop(key));
        return value;
    }

    /** @param found what the local cache returned for the key */
    CompletableFuture<Lookup<V>> behind(String key, Lookup<V> found) {
        if (!(found instanceof Lookup.Miss<V> miss) || isBypassed()) {
            return CompletableFuture.completedFuture(found);
        }
        return tier.read(key, tier.applied()).thenApply(read -> {
            try {
                return filled(key, miss, read);
            } catch (Throwable fault) {
                LOG.warn(
                        "Region {}: a value in Redis cannot be kept here, which counts as a miss",
                        local.region(),
                        fault);
                return found;
            }
        });
    }

    private Lookup<V> filled(String key, Lookup.Miss<V> miss, TierRead read) {
        Tiering.Fill<V> fill = tier.fill(read);
        if (fill == null) {
            tier.remember(miss.lease(), Tiering.leaseOf(read));
            return miss;
        }
        StoreResult kept = fill.value() == null
                ? local.storeAbsence(miss.lease(), fill.options())
                : local.store(miss.lease(), fill.value(), fill.options());
        return kept.isStored() ? local.lookup(key) : overtaken(key, kept, miss);
    }

    /** What was read is not to be kept here: the caller loads, under a lease that is still good. */
    private Lookup<V> overtaken(String key, StoreResult kept, Lookup<V> found) {
        return kept.isTooLarge() ? found : local.lookup(key);
    }

    private boolean isBypassed() {
        return local.state() == ServingState.BYPASSED;
    }
}
