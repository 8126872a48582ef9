package dev.freshet.cache.internal.region;

import dev.freshet.cache.Lease;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.UnleasedStores;
import dev.freshet.cache.internal.load.LoadWaiters;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.IssuedLease;
import dev.freshet.cache.internal.store.LeaseToken;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import dev.freshet.cache.internal.upkeep.Sweeper;
import dev.freshet.schema.Syntax;
import org.jspecify.annotations.Nullable;

/** The way of a store: its lease, the store's check and insert, then those that wait for the key, the sweeper, the count. */
final class RegionStores<V> {

    private final RegionCacheConfig<V> config;
    private final CoherentStore<V> store;
    private final LoadWaiters<V> waiters;
    private final Sweeper sweeper;
    private final Recorder recorder;

    RegionStores(
            RegionCacheConfig<V> config,
            CoherentStore<V> store,
            LoadWaiters<V> waiters,
            Sweeper sweeper,
            Recorder recorder) {
        this.config = config;
        this.store = store;
        this.waiters = waiters;
        this.sweeper = sweeper;
        this.recorder = recorder;
    }

    /** Stores under a lease that the caller holds; a null value is an absence. */
    StoreResult store(Lease lease, @Nullable V value, StoreOptions options) {
        return stored(lease.key(), store.store(lease, value, options), options);
    }

    /** Ends a lease, and lets those that wait for its value load. */
    void release(Lease lease) {
        if (lease instanceof IssuedLease issued && store.leases().isOurs(issued)) {
            store.leases().giveBack(issued);
            waiters.wake(issued.key());
        }
    }

    /** Ends a lease that the caller knows by its text. Returns whether it was good. */
    boolean release(String key, String token) {
        boolean wasGood = LeaseToken.parse(token)
                .map(parsed -> store.leases().giveBack(key, parsed))
                .orElse(false);
        if (wasGood) {
            waiters.wake(key);
        }
        return wasGood;
    }

    /** Stores under a lease that the caller knows by its text; null: it has none. A null value is an absence. */
    StoreResult store(String key, @Nullable String token, @Nullable V value, StoreOptions options) {
        Syntax.requireName("key", key);
        if (token == null) {
            return config.unleasedStores() == UnleasedStores.ACCEPT
                    ? put(key, value, options)
                    : recorder.stored(StoreResult.refused(Refusal.UNLEASED));
        }
        StoreResult result = LeaseToken.parse(token)
                .map(parsed -> store.store(key, parsed, value, options))
                .orElseGet(() -> StoreResult.refused(Refusal.UNKNOWN));
        return stored(key, result, options);
    }

    /** Refuses a value that is too large, and removes what it would have replaced if its lease is good. */
    StoreResult storeTooLarge(String key, @Nullable String token, StoreOptions options) {
        Syntax.requireName("key", key);
        StoreResult result;
        if (token != null) {
            result = LeaseToken.parse(token)
                    .map(parsed -> store.storeTooLarge(key, parsed, options))
                    .orElseGet(() -> StoreResult.refused(Refusal.UNKNOWN));
        } else {
            result = config.unleasedStores() == UnleasedStores.ACCEPT
                    ? store.storeTooLarge(key, options)
                    : StoreResult.refused(Refusal.UNLEASED);
        }
        return recorder.stored(result);
    }

    /** Stores without a lease. */
    StoreResult put(String key, @Nullable V value, StoreOptions options) {
        return stored(key, store.storeUnleased(Syntax.requireName("key", key), value, options), options);
    }

    private StoreResult stored(String key, StoreResult result, StoreOptions options) {
        if (result.isStored()) {
            waiters.wake(key);
        }
        return noted(result, options);
    }

    /** Tells the sweeper and the recorder what became of a store; passes the result on. */
    StoreResult noted(StoreResult result, StoreOptions options) {
        if (result.isStored()) {
            sweeper.storedFor(config.expiration().leastLifetimeNanos(options, config.time()));
        }
        return recorder.stored(result);
    }
}
