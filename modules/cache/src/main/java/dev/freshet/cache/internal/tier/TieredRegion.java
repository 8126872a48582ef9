package dev.freshet.cache.internal.tier;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.Audited;
import dev.freshet.bus.Change;
import dev.freshet.bus.Confirmation;
import dev.freshet.bus.HeldEntry;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.cache.AsyncLoader;
import dev.freshet.cache.BulkLoader;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.CachedRegionStats;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Mark;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.SourceWrite;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.ValueCodec;
import dev.freshet.cache.WriteResult;
import dev.freshet.cache.internal.region.Backing;
import dev.freshet.cache.internal.region.LocalRegion;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A local cache with a tier in Redis behind it, or a publisher for its writes, or both. */
public final class TieredRegion<V> implements CachedRegion<V> {

    private final LocalRegion<V> local;
    private final @Nullable Tiering<V> tiering;
    private final @Nullable LoadTurns turns;
    private final @Nullable ReadThrough<V> readThrough;
    private final WriteThrough<V> writeThrough;
    private final PendingWrites writes = new PendingWrites();

    private TieredRegion(
            LocalRegion<V> local,
            @Nullable Tiering<V> tiering,
            @Nullable LoadTurns turns,
            @Nullable Publisher publisher,
            Duration writeTimeout) {
        this.local = local;
        this.tiering = tiering;
        this.turns = turns;
        this.readThrough =
                tiering == null || turns == null ? null : new ReadThrough<>(local, tiering, turns, local.answers());
        this.writeThrough = new WriteThrough<>(local, tiering, publisher, writes, writeTimeout);
    }

    /** A region without a tier. */
    public static <V> TieredRegion<V> withoutTier(
            RegionCache<V> local, @Nullable Publisher publisher, Duration writeTimeout) {
        LocalRegion<V> region = madeHere(local);
        region.liesBehindAnother(null);
        return new TieredRegion<>(region, null, null, publisher, writeTimeout);
    }

    /**
     * A region with a tier, whose cache must be one that {@link RegionCache#builder} made.
     *
     * @param longestWait how long a load waits for another replica's; zero: it does not
     */
    public static <V> TieredRegion<V> withTier(
            RegionCache<V> local,
            RedisTier.Region tier,
            ValueCodec<V> codec,
            Duration longestWait,
            @Nullable Publisher publisher,
            Duration writeTimeout) {
        LocalRegion<V> region = madeHere(local);
        requireTimeToLoad(region, longestWait);
        RedisTier.Region values = tier.ofCodecVersion(codec.version());
        UnconfirmedEvictions evictions = new UnconfirmedEvictions(
                values, region::evictOnce, region.time(), region.scheduler(), region::upkeepBroken);
        Tiering<V> tiering = new Tiering<>(values, codec, evictions);
        LoadTurns turns = new LoadTurns(tiering, region.time(), region.scheduler(), longestWait);
        region.liesBehindAnother(new Behind(evictions, turns));
        return new TieredRegion<>(region, tiering, turns, publisher, writeTimeout);
    }

    private static void requireTimeToLoad(LocalRegion<?> region, Duration longestWait) {
        if (longestWait.compareTo(region.loadTimeout().dividedBy(2)) > 0) {
            throw new IllegalArgumentException("region \"" + region.region() + "\" waits up to " + longestWait
                    + " for another replica's load, of its load timeout, " + region.loadTimeout()
                    + ": let it wait at most half of that, so that time is left to load");
        }
    }

    /** What the local cache tells. */
    private record Behind(UnconfirmedEvictions evictions, LoadTurns turns) implements Backing {

        @Override
        public void evictAgain(Selector selector, long version) {
            evictions.evictAgain(selector, version);
        }

        @Override
        public void sweep() {
            evictions.sweep();
            turns.sweep();
        }

        @Override
        public void close() {
            turns.close();
            evictions.close();
        }
    }

    private static <V> LocalRegion<V> madeHere(RegionCache<V> local) {
        if (local instanceof LocalRegion<V> region) {
            return region;
        }
        throw new IllegalArgumentException("a cached region needs a local cache that RegionCache.builder made, not a "
                + local.getClass().getName());
    }

    @Override
    public String region() {
        return local.region();
    }

    @Override
    public CachedRegionStats stats() {
        return tiering == null || turns == null ? new CachedRegionStats(0, 0, 0, 0, 0, 0) : tiering.stats(turns);
    }

    @Override
    public RegionCache<V> local() {
        return local;
    }

    // ---- Reading

    @Override
    public @Nullable V get(String key, Loader<V> loader) {
        return readThrough == null ? local.get(key, loader) : readThrough.get(key, loader);
    }

    @Override
    public @Nullable V get(String key, Loader<V> loader, Mark since) {
        return readThrough == null
                ? local.get(key, loader, since)
                : readThrough.get(key, loader, TieredMark.of(since, region()));
    }

    @Override
    public CompletableFuture<@Nullable V> getAsync(String key, AsyncLoader<V> loader) {
        Objects.requireNonNull(loader, "loader");
        return readThrough == null ? local.getAsync(key, loader) : readThrough.getAsync(key, loader);
    }

    @Override
    public Map<String, V> getAll(Collection<String> keys, BulkLoader<V> loader) {
        return BulkRead.get(keys, Objects.requireNonNull(loader, "loader"), local, tiering, turns);
    }

    @Override
    public Mark mark() {
        return tiering == null ? local.mark() : new TieredMark(tiering.applied(), local.mark());
    }

    @Override
    public Lease lease(String key, Mark since) {
        return local.lease(key, localMark(since));
    }

    @Override
    public CompletableFuture<Lookup<V>> lookup(String key) {
        return behind(key, local.lookup(key));
    }

    @Override
    public CompletableFuture<Lookup<V>> lookupFresh(String key) {
        Lookup.Miss<V> miss = local.lookupFresh(key);
        return readThrough == null ? CompletableFuture.completedFuture(miss) : readThrough.fresh(key, miss);
    }

    @Override
    public CompletableFuture<Lookup<V>> lookupForLoad(String key) {
        return behind(key, local.lookupForLoad(key), local::lookupForLoad);
    }

    @Override
    public Lookup<V> lookupForLoad(String key, Mark since) {
        return local.lookupForLoad(key, localMark(since));
    }

    private Mark localMark(Mark since) {
        return tiering == null ? since : TieredMark.of(since, region()).local();
    }

    @Override
    public CompletableFuture<Lookup<V>> behind(String key, Lookup<V> found) {
        return behind(key, found, local::lookup);
    }

    private CompletableFuture<Lookup<V>> behind(String key, Lookup<V> found, Function<String, Lookup<V>> again) {
        return readThrough == null ? CompletableFuture.completedFuture(found) : readThrough.behind(key, found, again);
    }

    // ---- Storing

    @Override
    public StoreResult store(Lease lease, V value, StoreOptions options) {
        Objects.requireNonNull(lease, "lease");
        return stored(lease.key(), lease.token(), value, options, bounded -> local.store(lease, value, bounded));
    }

    @Override
    public StoreResult store(String key, @Nullable String token, V value, StoreOptions options) {
        return stored(key, token, value, options, bounded -> local.store(key, token, value, bounded));
    }

    private StoreResult stored(
            String key,
            @Nullable String token,
            @Nullable V value,
            StoreOptions options,
            Function<StoreOptions, StoreResult> locally) {
        Objects.requireNonNull(options, "options");
        Tiering<V> tier = tiering;
        if (tier == null) {
            return locally.apply(options);
        }
        StoreOptions bounded = tier.bounded(options);
        StoreResult result = locally.apply(bounded);
        TierLease lease = token == null ? null : tier.take(token);
        if (result.isStored()) {
            tier.store(key, lease, value, bounded);
        } else if (result.isTooLarge()) {
            tier.drop(key);
        }
        return result;
    }

    @Override
    public StoreResult storeAbsence(Lease lease, StoreOptions options) {
        Objects.requireNonNull(lease, "lease");
        return stored(lease.key(), lease.token(), null, options, bounded -> local.storeAbsence(lease, bounded));
    }

    @Override
    public void release(Lease lease) {
        Objects.requireNonNull(lease, "lease");
        if (tiering != null) {
            tiering.take(lease.token());
        }
        local.release(lease);
    }

    @Override
    public StoreResult storeAbsence(String key, @Nullable String token, StoreOptions options) {
        return stored(key, token, null, options, bounded -> local.storeAbsence(key, token, bounded));
    }

    @Override
    public boolean release(String key, String token) {
        boolean wasGood = local.release(key, token);
        if (tiering != null) {
            tiering.take(token);
        }
        return wasGood;
    }

    @Override
    public StoreResult storeTooLarge(String key, @Nullable String token, StoreOptions options) {
        StoreResult result = local.storeTooLarge(key, token, options);
        if (result.isTooLarge() && tiering != null) {
            tiering.drop(key);
        }
        return result;
    }

    // ---- Invalidating and writing

    @Override
    public CompletableFuture<Boolean> invalidate(Selector selector) {
        writes.evicting(selector);
        // First Redis: from then on no read brings back from there what is evicted here.
        CompletableFuture<Boolean> gone =
                tiering == null ? CompletableFuture.completedFuture(true) : tiering.evict(selector);
        local.invalidate(selector);
        return gone;
    }

    @Override
    public CompletableFuture<Receipt> afterWrite(String... keys) {
        return writeThrough.afterWrite(Change.ofKeys(keys));
    }

    @Override
    public CompletableFuture<Receipt> afterWrite(Change change) {
        return writeThrough.afterWrite(change);
    }

    @Override
    public CompletableFuture<Receipt> afterWrite(Change change, Duration timeout) {
        return writeThrough.afterWrite(change, timeout);
    }

    @Override
    public <X extends Exception> WriteResult write(String key, @Nullable V value, SourceWrite<X> write) throws X {
        return writeThrough.write(key, value, write);
    }

    @Override
    public WriteResult written(String key, V value, Mark since, StoreOptions options) {
        return writeThrough.written(key, value, localMark(since), options);
    }

    // ---- The bus's side

    @Override
    public void attached(Confirmation confirmation, RedisTime time) {
        local.attachedBehind(confirmation, time);
    }

    @Override
    public void detached() {
        local.detached();
    }

    @Override
    public void followedBy(RegionSubscription by) {
        writeThrough.followedBy(by);
        if (tiering != null) {
            tiering.followedBy(by);
        }
        local.followedBy(by);
    }

    @Override
    public void apply(LoggedRecord record) {
        if (tiering != null) {
            tiering.applying(record.header().position());
        }
        List<Invalidation> invalidations = record.body().invalidations();
        boolean anyWrites = !writes.isEmpty();
        if (anyWrites) {
            invalidations.forEach(invalidation -> writes.evicting(invalidation.selector()));
        }
        local.apply(record);
        if (anyWrites) {
            invalidations.forEach(invalidation -> writes.evicted(invalidation.selector()));
        }
    }

    @Override
    public void reset(ResetReason reason) {
        writes.evictingAll();
        local.reset(reason);
    }

    @Override
    public void joined() {
        writes.evictingAll();
        local.joined();
    }

    @Override
    public long count(List<Selector> selectors) {
        return local.count(selectors);
    }

    @Override
    public @Nullable Audited audit(AuditQuery query) {
        return local.audit(query);
    }

    @Override
    public Map<String, String> describe() {
        return local.describe();
    }

    @Override
    public List<HeldEntry> held(List<Selector> selectors, int limit) {
        return local.held(selectors, limit);
    }

    @Override
    public void close() {
        local.close();
    }
}
