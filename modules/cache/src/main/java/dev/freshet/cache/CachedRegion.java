package dev.freshet.cache;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.internal.tier.TieredRegion;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A region with what lies around its local cache: a tier in Redis behind it, shared by all replicas, and a way to write. Give
 * it, not the cache, to {@code Subscriber.connect} as the region's reader. Made by {@link #over}; not meant to be implemented
 * elsewhere.
 *
 * <pre>{@code
 * RegionCache<User> local = RegionCache.<User>builder("users").maximumEntries(100_000).build();
 * CachedRegion<User> users = CachedRegion.over(local)
 *         .tier(tier.region("users", Duration.ofHours(1)), codec)
 *         .publisher(publisher)
 *         .build();
 * User user = users.get("user:1", (key, load) -> database.find(key));            // local, then Redis, then the database
 * users.write("user:1", changed, write -> database.update(changed));             // write-through
 * database.update(changed); users.afterWrite("user:1");                          // write-aside
 * }</pre>
 *
 * <p>Every promise of {@link RegionCache} holds for both tiers: a load that was overtaken is stored in neither. Safe to use from
 * any thread.
 */
public interface CachedRegion<V> extends RegionReader, AutoCloseable {

    /** Begins a region over a local cache, which {@link RegionCache#builder} has made. */
    static <V> Builder<V> over(RegionCache<V> local) {
        return new Builder<>(local);
    }

    /** Collects what a region has. */
    final class Builder<V> {
        private final RegionCache<V> local;
        private RedisTier.@Nullable Region tier;
        private @Nullable ValueCodec<V> codec;
        private @Nullable Publisher publisher;
        private Duration writeTimeout = Duration.ofSeconds(2);
        private Duration longestWait = Duration.ZERO;

        private Builder(RegionCache<V> local) {
            this.local = local;
        }

        /** Puts a tier in Redis behind the cache. Default: none. */
        public Builder<V> tier(RedisTier.Region tier, ValueCodec<V> codec) {
            if (!tier.region().equals(local.region())) {
                throw new IllegalArgumentException("the tier is of region \"" + tier.region()
                        + "\", but the cache is of region \"" + local.region() + "\"");
            }
            this.tier = tier;
            this.codec = codec;
            return this;
        }

        /**
         * Lets one replica of all load a key that is missing here and in Redis. The others wait for its value to appear in Redis, and load
         * themselves if that load fails, keeps no value, or takes longer than this, if its process dies, or if Redis is unavailable. Holds
         * for {@link #get(String, Loader)}, {@link #getAsync} and {@link #getAll}, not for loads with a mark, refreshes and leases of
         * {@link #lookup}. A wait counts towards {@link RegionCacheBuilder#loadTimeout}. Default: every replica loads.
         *
         * @param longestWait what a load takes at most as a rule: a longer one is waited for in vain
         * @throws IllegalArgumentException if it is shorter than a millisecond
         */
        public Builder<V> oneLoadAcrossReplicas(Duration longestWait) {
            if (longestWait.compareTo(Duration.ofMillis(1)) < 0) {
                throw new IllegalArgumentException(
                        "the wait for another replica's load must be at least 1 ms, but is " + longestWait);
            }
            this.longestWait = longestWait;
            return this;
        }

        /** Publishes the invalidations of writes. Default: none, and writes are refused. */
        public Builder<V> publisher(Publisher publisher) {
            this.publisher = publisher;
            return this;
        }

        /**
         * How long {@link #write} takes at most, beside the write of the source: to invalidate everywhere, and to cache the new value.
         * Default: 2 s.
         *
         * @throws IllegalArgumentException if it is shorter than a millisecond
         */
        public Builder<V> writeTimeout(Duration timeout) {
            if (timeout.compareTo(Duration.ofMillis(1)) < 0) {
                throw new IllegalArgumentException("write timeout must be at least 1 ms, but is " + timeout);
            }
            writeTimeout = timeout;
            return this;
        }

        /**
         * Builds the region.
         *
         * @throws IllegalArgumentException if the local cache was not made by {@link RegionCache#builder}, or if {@link
         *     #oneLoadAcrossReplicas} waits longer than half of the cache's load timeout
         * @throws IllegalStateException if the local cache has a region over it already, or follows a subscriber by itself, or if there is
         *     to be one load across replicas without a tier
         */
        public CachedRegion<V> build() {
            if (tier == null && !longestWait.isZero()) {
                throw new IllegalStateException(
                        "region \"" + local.region()
                                + "\" cannot have one load across replicas without a tier, where they find its value: call tier");
            }
            return tier == null || codec == null
                    ? TieredRegion.withoutTier(local, publisher, writeTimeout)
                    : TieredRegion.withTier(local, tier, codec, longestWait, publisher, writeTimeout);
        }
    }

    /** Returns the name of the local cache's region. */
    @Override
    String region();

    /** Returns what happened between the local cache and the tier; all 0 without a tier. */
    CachedRegionStats stats();

    /** The local cache. What is stored there directly is not stored in Redis. */
    RegionCache<V> local();

    // ---- Reading

    /**
     * Returns the cached value, or the one in Redis, or else loads it; see {@link RegionCache#get}. Blocks while it asks Redis, for
     * a bounded time, and while it loads. What the load says of how long its value may be kept counts for both tiers.
     */
    @Nullable
    V get(String key, Loader<V> loader);

    /**
     * Like {@link #get(String, Loader)}, for a loader that reads within a transaction which began after the mark was taken; see {@link
     * RegionCache#get(String, Loader, Mark)}. It is stored in Redis only if nothing of the region was invalidated between the mark and
     * the load.
     *
     * @throws IllegalArgumentException if the mark is another region's
     */
    @Nullable
    V get(String key, Loader<V> loader, Mark since);

    /**
     * Like {@link #get(String, Loader)}, without holding a thread; see {@link RegionCache#getAsync}. The loader begins on a thread for
     * callbacks if there is a tier.
     */
    CompletableFuture<@Nullable V> getAsync(String key, AsyncLoader<V> loader);

    /**
     * Returns the values of these keys that are cached here or in Redis, and loads the others in one step. Asks Redis for all of them
     * at once. Each value is kept unless it was overtaken. Blocks while it asks Redis, for a bounded time, and while it loads.
     *
     * <p>Unlike {@link #get}, it neither waits for other callers' loads of this process nor lets them wait for its own, and it refreshes
     * nothing.
     *
     * @return the values by key, in the order of the keys; a key without a value is not in it. Cannot be changed
     * @throws LoadException if the load failed, unless the region is {@linkplain RegionCacheBuilder#failSafe fail-safe} and has the value
     *     that was valid last of every key that is missing
     */
    Map<String, V> getAll(Collection<String> keys, BulkLoader<V> loader);

    /**
     * Returns what is cached here or in Redis, or a lease under which the caller may store what it loads from now on. Never
     * blocks. The future is already complete if there is no tier, or if the local cache has the key. Otherwise it completes on
     * a thread of the tier, so what depends on it must be quick.
     */
    CompletableFuture<Lookup<V>> lookup(String key);

    /** Like {@link #lookup}, for a load that may take any time; see {@link RegionCache#lookupForLoad(String)}. */
    CompletableFuture<Lookup<V>> lookupForLoad(String key);

    /**
     * Returns what is cached here, or a lease for a load within a transaction which began after the mark was taken; see {@link
     * RegionCache#lookupForLoad(String, Mark)}. Does not ask Redis, and what is stored under the lease is stored here only.
     *
     * @throws IllegalArgumentException if the mark is another region's
     */
    Lookup<V> lookupForLoad(String key, Mark since);

    /** Like {@link #lookup}, for a caller that has looked into the local cache and got {@code found} there. */
    CompletableFuture<Lookup<V>> behind(String key, Lookup<V> found);

    /**
     * Returns a lease whatever is cached here or in Redis, for a caller that wants what the source has now; see {@link
     * RegionCache#lookupFresh}. What is stored under it replaces the value in both tiers. Completes as {@link #lookup} does.
     */
    CompletableFuture<Lookup<V>> lookupFresh(String key);

    // ---- Storing

    /** Marks this moment; see {@link RegionCache#mark}. Never blocks. */
    Mark mark();

    /**
     * Hands out a lease as if at the mark; see {@link RegionCache#lease(String, Mark)}. What is stored under it is stored here, not in
     * Redis.
     *
     * @throws IllegalArgumentException if the mark is another region's
     */
    Lease lease(String key, Mark since);

    /** Stores here and in Redis what was loaded since the lease was handed out; see {@link RegionCache#store}. */
    StoreResult store(Lease lease, V value, StoreOptions options);

    /** Stores here and in Redis that there is no value, if the lease is still good. */
    StoreResult storeAbsence(Lease lease, StoreOptions options);

    /** Ends a lease under which nothing will be stored; see {@link RegionCache#release}. */
    void release(Lease lease);

    /** Stores here and in Redis under a lease that is known by its text; see {@link RegionCache#store}. */
    StoreResult store(String key, @Nullable String token, V value, StoreOptions options);

    /** Stores here and in Redis, under a lease that is known by its text, that there is no value; see {@link RegionCache#storeAbsence}. */
    StoreResult storeAbsence(String key, @Nullable String token, StoreOptions options);

    /** Ends a lease that is known by its text; see {@link RegionCache#release(String, String)}. */
    boolean release(String key, String token);

    /**
     * Says that what was loaded under a lease is too large to be stored, for a caller that knows it without having read all of it.
     * What it would have replaced goes, here and in Redis, if the lease is good; the lease stays good for a smaller form.
     *
     * @return why it is not stored; {@link Refusal#TOO_LARGE} if the lease is good
     */
    StoreResult storeTooLarge(String key, @Nullable String token, StoreOptions options);

    // ---- Invalidating, here and in Redis only

    /**
     * Evicts here and in Redis, and refuses what was being loaded of it; other replicas keep what they have. The local cache is
     * done at the return, and from then on nothing that is selected is read from Redis until Redis has evicted it.
     *
     * @return completes when Redis has answered, or could not be asked in time, with whether Redis evicted it. If not, the
     *     eviction is repeated in the background until it succeeds: see {@link CachedRegionStats#evictionsPending}
     */
    CompletableFuture<Boolean> invalidate(Selector selector);

    // ---- Writing

    /**
     * Write-aside: to be called when a write of the source is committed, never before and never within its transaction. Evicts
     * here at once, and everywhere when the future completes.
     *
     * <p>Should the process die between the commit and this call, this call tells nobody. A source that follows the database
     * (an outbox, or its log) does; without one, entries end with their time to live.
     *
     * @return completes when all replicas will hear of it; exceptionally as {@link Publisher#publish} does, and then it is to
     *     be called again
     * @throws IllegalStateException if the region has no publisher
     */
    CompletableFuture<Receipt> afterWrite(String... keys);

    /**
     * Write-aside with more than keys: tags, prefixes, all, a version. Evicts here at once what the change names, and everywhere when
     * the future completes. An entry at or above the change's version stays.
     *
     * @return as {@link #afterWrite(String...)}
     * @throws IllegalStateException if the region has no publisher
     */
    CompletableFuture<Receipt> afterWrite(Change change);

    /**
     * Like {@link #afterWrite(Change)}, for a caller that waits no longer than this.
     *
     * @return as {@link Publisher#publish(String, Change, Duration)}
     * @throws IllegalStateException if the region has no publisher
     */
    CompletableFuture<Receipt> afterWrite(Change change, Duration timeout);

    /**
     * Write-through: writes the source, then invalidates the key everywhere, then caches the new value, here and in Redis, if
     * nothing else concerned the key since before the write. So of two writers none leaves an older value, whatever the order
     * in which they are done: each one's invalidation comes after its commit, and takes away what the other has cached.
     *
     * <p>Should the process die after the commit and before the invalidation, the same holds as for {@link #afterWrite}.
     *
     * <p>Blocks: for the write, and for {@link Builder#writeTimeout} at most after it.
     *
     * @param value what a load would bring from now on; null if the write removes it
     * @param key checked before the source is written
     * @param write must have committed when it returns; if it throws, the key is invalidated, since it may have. If the log does
     *     not acknowledge that in time, a {@link CacheException} that says so is added to what it threw, as suppressed: call {@link
     *     #afterWrite}
     * @throws X what the write throws
     * @throws IllegalArgumentException if the key is not a valid name; the source is not written then
     * @throws IllegalStateException if the region has no publisher; the source is not written then
     */
    <X extends Exception> WriteResult write(String key, @Nullable V value, SourceWrite<X> write) throws X;

    /**
     * Write-through, for a caller that has written the source itself: invalidates the key everywhere, then caches the value if nothing else
     * concerned the key since the mark. May cache less than it could. Blocks for {@link Builder#writeTimeout} at most.
     *
     * @param value what the source has for the key since the commit
     * @param since taken before the write, and before its transaction began
     * @throws IllegalArgumentException if the key is not a valid name, or the mark is another region's
     * @throws IllegalStateException if the region has no publisher
     */
    WriteResult written(String key, V value, Mark since, StoreOptions options);

    /** Closes the local cache. The tier and the publisher are their owner's. */
    @Override
    void close();
}
