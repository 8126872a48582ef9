package dev.freshet.cache.internal.region;

import static java.util.Objects.requireNonNull;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.Audited;
import dev.freshet.bus.Confirmation;
import dev.freshet.bus.HeldEntry;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.AsyncLoader;
import dev.freshet.cache.CacheStats;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Loaded;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Mark;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.UnleasedStores;
import dev.freshet.cache.internal.load.AsyncLoads;
import dev.freshet.cache.internal.load.LoadWaiters;
import dev.freshet.cache.internal.load.Results;
import dev.freshet.cache.internal.load.SingleFlight;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.ConfirmationGate;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import dev.freshet.cache.internal.upkeep.CacheThreads;
import dev.freshet.cache.internal.upkeep.DelayedReinvalidation;
import dev.freshet.cache.internal.upkeep.MaintenanceExecutor;
import dev.freshet.cache.internal.upkeep.Sweeper;
import dev.freshet.schema.Selector;
import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A region's cache in this process: puts its parts together, and gives each call to the part that does it. */
public final class LocalRegion<V> implements RegionCache<V> {

    private final RegionCacheConfig<V> config;
    private final Recorder recorder;
    private final CoherentStore<V> store;
    private final ConfirmationGate serving;
    private final Sweeper sweeper;
    private final LoadWaiters<V> waiters;
    private final RegionReads<V> reads;
    private final RegionStores<V> stores;
    private final RegionInvalidations<V> invalidations;
    private final RegionAudit<V> audits;
    private final DelayedReinvalidation again;
    private final RegionInspection<V> inspection;
    private final AtomicBoolean isFollowing = new AtomicBoolean();

    /** Whether a cached region lies over this cache. Guarded by {@link #isFollowing}. */
    private boolean isOwned;

    private volatile @Nullable RedisTime redisTime;
    private volatile @Nullable Backing backing;

    public LocalRegion(RegionCacheConfig<V> config) {
        this.config = config;
        ScheduledExecutorService scheduler = config.scheduler();
        MaintenanceExecutor maintenance = new MaintenanceExecutor(
                scheduler == null ? Runnable::run : task -> scheduler.execute(() -> maintain(task)));
        recorder = new Recorder(config.region(), config.listener());
        store = new CoherentStore<>(config, recorder, maintenance);
        serving = new ConfirmationGate(config.unconfirmedPolicy(), config.unconfirmedAfterNanos());
        sweeper = new Sweeper(store, config.time(), config.shortestLifetimeNanos(), scheduler, this::upkeepBroken);
        // What callers attach to their futures must not hold up the sweeper of all caches.
        Executor answers = scheduler == CacheThreads.scheduler() ? CacheThreads.answers() : Runnable::run;
        waiters = new LoadWaiters<>(config, store, serving, recorder, answers);
        invalidations = new RegionInvalidations<>(config, store, serving, waiters, sweeper, maintenance, recorder);
        again = invalidations.again();
        audits = new RegionAudit<>(config, store, serving);
        inspection = new RegionInspection<>(config, store.entries());
        stores = new RegionStores<>(config, store, waiters, sweeper, recorder);
        Results<V> results = new Results<>(config, store, serving, recorder);
        SingleFlight<V> loads = new SingleFlight<>(
                config,
                store,
                recorder,
                serving,
                stores::noted,
                waiters::wake,
                key -> results.stale(key, config.policies().failSafeNanos()));
        reads = new RegionReads<>(
                config,
                serving,
                store.entries(),
                store.leases(),
                results,
                loads,
                new AsyncLoads<>(config, loads, results, recorder, answers()),
                waiters,
                sweeper,
                recorder);
    }

    @Override
    public String region() {
        return config.region();
    }

    // ---- Reading

    @Override
    public @Nullable V getIfPresent(String key) {
        return reads.getIfPresent(key);
    }

    @Override
    public Optional<Lookup.Hit<V>> find(String key) {
        return reads.find(key);
    }

    /** Looks for several keys at once; see {@link RegionReads#findAll}. */
    public Set<String> findAll(Collection<String> keys, Map<String, @Nullable V> found) {
        return reads.findAll(keys, found);
    }

    @Override
    public Lookup<V> lookup(String key) {
        return reads.lookup(key, true);
    }

    @Override
    public Lookup<V> lookupForLoad(String key) {
        return reads.lookupForLoad(key, null);
    }

    @Override
    public Lookup<V> lookupForLoad(String key, Mark since) {
        return reads.lookupForLoad(key, store.leases().own(since));
    }

    @Override
    public @Nullable V getIfHit(String key) {
        return reads.getIfHit(key);
    }

    @Override
    public Lookup<V> lookupApplied(String key) {
        return reads.lookup(key, false);
    }

    @Override
    public Lookup.Miss<V> lookupFresh(String key) {
        return reads.lookupFresh(key);
    }

    @Override
    public CompletableFuture<Lookup<V>> lookupOrAwait(String key, Duration atMost, boolean takesSpared) {
        return reads.lookupOrAwait(key, atMost, takesSpared);
    }

    @Override
    public @Nullable V get(String key, Loader<V> loader) {
        return reads.get(key, loader);
    }

    @Override
    public @Nullable V get(String key, Loader<V> loader, Mark since) {
        return reads.get(key, loader, store.leases().own(since));
    }

    @Override
    public CompletableFuture<@Nullable V> getAsync(String key, AsyncLoader<V> loader) {
        return reads.getAsync(key, requireNonNull(loader, "loader"));
    }

    @Override
    public Loaded<V> getWithState(String key, Loader<V> loader) {
        return reads.getWithState(key, loader);
    }

    @Override
    public Lookup<V> lookupAfterFailure(String key, Duration atMost) {
        return reads.lookupAfterFailure(key, atMost);
    }

    // ---- Storing

    @Override
    public Lease lease(String key) {
        return reads.lease(key);
    }

    @Override
    public Mark mark() {
        return store.leases().mark();
    }

    @Override
    public Lease lease(String key, Mark since) {
        return reads.lease(key, store.leases().own(since));
    }

    @Override
    public StoreResult store(Lease lease, V value, StoreOptions options) {
        requireValue(value);
        return stores.store(requireNonNull(lease, "lease"), value, requireNonNull(options, "options"));
    }

    @Override
    public StoreResult storeAbsence(Lease lease, StoreOptions options) {
        requireNonNull(lease, "lease");
        requireNonNull(options, "options");
        return stores.store(lease, null, options);
    }

    @Override
    public void release(Lease lease) {
        stores.release(requireNonNull(lease, "lease"));
    }

    @Override
    public StoreResult store(String key, @Nullable String token, V value, StoreOptions options) {
        requireNonNull(key, "key");
        requireValue(value);
        return stores.store(key, token, value, requireNonNull(options, "options"));
    }

    @Override
    public StoreResult storeAbsence(String key, @Nullable String token, StoreOptions options) {
        requireNonNull(key, "key");
        return stores.store(key, token, null, requireNonNull(options, "options"));
    }

    @Override
    public boolean release(String key, String token) {
        return stores.release(requireNonNull(key, "key"), requireNonNull(token, "token"));
    }

    @Override
    public StoreResult put(String key, V value, StoreOptions options) {
        requireNonNull(key, "key");
        requireValue(value);
        return stores.put(key, value, requireNonNull(options, "options"));
    }

    @Override
    public StoreResult put(String key, V value) {
        return put(key, value, StoreOptions.none());
    }

    /** A null would be kept as an absence, which the caller may not have meant. */
    private static void requireValue(@Nullable Object value) {
        requireNonNull(value, "value must not be null; storeAbsence stores that there is none");
    }

    // ---- Invalidating

    @Override
    public boolean invalidate(String key) {
        return invalidations.invalidate(key);
    }

    @Override
    public void invalidate(Selector selector) {
        invalidations.invalidate(selector);
    }

    @Override
    public void clear() {
        invalidations.invalidate(Selector.all());
    }

    /**
     * Says that this cache belongs to a cached region, through which alone it follows a subscriber from now on.
     *
     * @param tier what lies behind it; null if nothing does
     * @throws IllegalStateException if it belongs to one already, or follows a subscriber by itself
     */
    public void liesBehindAnother(@Nullable Backing tier) {
        synchronized (isFollowing) {
            if (isOwned) {
                throw new IllegalStateException("the cache of region \"" + region()
                        + "\" has a CachedRegion over it already: use that one, or build a cache for each");
            }
            if (isFollowing.get()) {
                throw new IllegalStateException("the cache of region \"" + region()
                        + "\" follows a subscriber already: build the CachedRegion first, and give that to"
                        + " Subscriber.connect");
            }
            isOwned = true;
        }
        backing = tier;
        if (tier != null) {
            invalidations.backedBy(tier);
        }
    }

    /** Stores nothing: the value is too large, wherever that is known from. */
    public StoreResult storeTooLarge(String key, @Nullable String token, StoreOptions options) {
        return stores.storeTooLarge(requireNonNull(key, "key"), token, requireNonNull(options, "options"));
    }

    /**
     * Evicts what is selected here, and refuses what was being loaded of it.
     *
     * @param version entries at or above it stay; negative: none does
     */
    public void invalidate(Selector selector, long version) {
        invalidations.invalidate(selector, version);
    }

    /** Evicts here, and remembers nothing for a second time. */
    public void evictOnce(Selector selector, long version) {
        invalidations.evict(selector, version);
    }

    /** Hands out a lease that does not expire, to a load of this region that gives it back when it ends. */
    public Lease leaseForLoad(String key) {
        return store.leases()
                .issueForLoad(Syntax.requireName("key", key), config.time().nanoTime());
    }

    /** Whether nothing that may concern the key was invalidated since the mark. */
    public boolean isCurrentSince(String key, Mark since) {
        return store.leases()
                .isCurrentSince(Syntax.requireName("key", key), config.time().nanoTime(), since);
    }

    /** A load that did not go through this cache has ended. */
    public void loaded(long tookNanos, boolean hasFailed) {
        recorder.loaded(tookNanos, hasFailed);
    }

    /** Where the time comes from, for what lies behind this cache. */
    public TimeSource time() {
        return config.time();
    }

    /** How long a load may take before others begin. */
    public Duration loadTimeout() {
        return Duration.ofNanos(config.policies().loadTimeoutNanos());
    }

    /** Runs what callers attached to their futures, and loaders that hold no thread; the calling thread does if the owner sweeps. */
    public Executor answers() {
        return config.scheduler() == null ? Runnable::run : CacheThreads.answers();
    }

    /** Runs what happens in the background; null: the owner sweeps. */
    public @Nullable ScheduledExecutorService scheduler() {
        return config.scheduler();
    }

    // ---- The bus's side

    @Override
    public void attached(Confirmation confirmation, RedisTime time) {
        synchronized (isFollowing) {
            if (isOwned) {
                throw new IllegalStateException("the cache of region \"" + region()
                        + "\" has a CachedRegion over it: give that, not the cache, to Subscriber.connect as the reader of"
                        + " region \"" + region() + "\"");
            }
            attachedBehind(confirmation, time);
        }
    }

    /** Like {@link #attached}, through the cached region that this cache belongs to. */
    public void attachedBehind(Confirmation confirmation, RedisTime time) {
        if (!isFollowing.compareAndSet(false, true)) {
            throw new IllegalStateException("the cache of region \"" + region()
                    + "\" follows another subscriber already: close that one first, or build a cache for each");
        }
        redisTime = time;
        serving.attached(confirmation);
    }

    /** The confirmation stays, and grows old by itself. */
    @Override
    public void detached() {
        isFollowing.set(false);
    }

    @Override
    public void apply(LoggedRecord record) {
        invalidations.apply(record, redisTime);
    }

    @Override
    public void reset(ResetReason reason) {
        invalidations.reset(reason);
    }

    @Override
    public void joined() {
        invalidations.joined();
    }

    @Override
    public long count(List<Selector> selectors) {
        return inspection.count(selectors);
    }

    @Override
    public @Nullable Audited audit(AuditQuery query) {
        return audits.audit(query, redisTime);
    }

    @Override
    public void followedBy(RegionSubscription subscription) {
        inspection.followedBy(subscription);
    }

    @Override
    public Map<String, String> describe() {
        return inspection.describe(this);
    }

    @Override
    public List<HeldEntry> held(List<Selector> selectors, int limit) {
        return inspection.held(selectors, limit);
    }

    private void maintain(Runnable task) {
        try {
            task.run();
        } catch (LinkageError fault) {
            upkeepBroken(fault);
        }
    }

    /** What happens in the background cannot go on: a class or method is missing. */
    public void upkeepBroken(LinkageError fault) {
        serving.broken("the upkeep of region \"" + config.region() + "\"", fault);
    }

    // ---- Looking at it

    @Override
    public @Nullable String misconfiguration() {
        return serving.broken();
    }

    @Override
    public ServingState state() {
        return serving.state(serving.confirmedAgeNanos());
    }

    @Override
    public long confirmedAgeNanos() {
        return serving.confirmedAgeNanos();
    }

    @Override
    public long size() {
        return inspection.size(sweeper.isSwept());
    }

    @Override
    public UnleasedStores unleasedStores() {
        return config.unleasedStores();
    }

    @Override
    public CacheStats stats() {
        return RegionStats.of(recorder, store, again, waiters);
    }

    @Override
    public void sweep() {
        again.run();
        Backing behind = backing;
        if (behind != null) {
            behind.sweep();
        }
        waiters.lookAll();
        sweeper.sweep();
    }

    @Override
    public void close() {
        again.close();
        sweeper.close();
        Backing behind = backing;
        if (behind != null) {
            behind.close();
        }
    }
}
