package dev.freshet.spring;

import dev.freshet.Region;
import dev.freshet.cache.Lookup;
import dev.freshet.spring.internal.transaction.CacheRegion;
import dev.freshet.spring.internal.transaction.Counts;
import dev.freshet.spring.internal.transaction.Eviction;
import dev.freshet.spring.internal.transaction.Transactions;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;
import org.springframework.cache.support.SimpleValueWrapper;

/**
 * A region as a cache of Spring. Made by {@link FreshetCacheManager}. Safe to use from any thread.
 *
 * <p>A value is stored only under a lease, which {@code @Cacheable} methods and {@link #get(Object, Callable)} have. {@link #put} by hand has
 * none, so it says that the source has changed: it evicts everywhere and stores nothing.
 *
 * <p>Within a transaction evictions wait for the commit. Reads of what they concern miss until then, in this transaction.
 */
public final class FreshetCache implements Cache {

    private final String name;
    private final CacheRegion region;
    private final FreshetCacheOptions options;
    private final KeyTexts texts;
    private final Transactions transactions;
    private final Executor executor;
    private final Counts counts;
    private final CacheReads reads;
    private final CacheEvictions evictions;
    private final CacheStores stores;
    private final CacheLoads loads;

    FreshetCache(
            String name,
            Region<Object> region,
            FreshetCacheOptions options,
            KeyTexts texts,
            Transactions transactions,
            Executor executor,
            Counts counts) {
        this.name = name;
        this.region = new CacheRegion(name, region);
        this.options = options;
        this.texts = texts;
        this.transactions = transactions;
        this.executor = executor;
        this.counts = counts;
        this.reads = new CacheReads(this.region, executor, counts);
        this.evictions = new CacheEvictions(this.region);
        this.stores = new CacheStores(this.region, options);
        this.loads = new CacheLoads(this.region, reads, stores);
    }

    @Override
    public String getName() {
        return name;
    }

    /** Returns the {@link #region}. */
    @Override
    public Object getNativeCache() {
        return region.region();
    }

    /** Returns the region. */
    public Region<Object> region() {
        return region.region();
    }

    /**
     * Returns the text of a key, which names it in invalidations from elsewhere.
     *
     * @throws IllegalArgumentException if no converter knows its type
     */
    public String textOf(Object key) {
        return texts.of(key);
    }

    // ---- What views and transactions use

    FreshetCacheOptions options() {
        return options;
    }

    Transactions transactions() {
        return transactions;
    }

    /** Returns what runs what blocks, for callers that must not. */
    Executor executor() {
        return executor;
    }

    Counts counts() {
        return counts;
    }

    CacheRegion own() {
        return region;
    }

    CacheReads reads() {
        return reads;
    }

    CacheEvictions evictions() {
        return evictions;
    }

    CacheStores stores() {
        return stores;
    }

    CacheLoads loads() {
        return loads;
    }

    // ---- Reading by hand

    @Override
    public @Nullable ValueWrapper get(Object key) {
        Lookup<Object> found = reads.find(textOf(key), transactions.current());
        return found instanceof Lookup.Hit<Object> hit ? new SimpleValueWrapper(hit.value()) : null;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> @Nullable T get(Object key, @Nullable Class<T> type) {
        ValueWrapper found = get(key);
        Object value = found == null ? null : found.get();
        if (value != null && type != null && !type.isInstance(value)) {
            throw new IllegalStateException("cache \"" + name + "\" has a value of type "
                    + value.getClass().getName() + " for the key, not of " + type.getName());
        }
        return (T) value;
    }

    /** Loads what is missing, under a lease; concurrent callers of a key share one load. */
    @Override
    public <T> @Nullable T get(Object key, Callable<T> loader) {
        return loads.load(key, textOf(key), loader, transactions.current(), Tagging.NONE);
    }

    /** Returns what is cached, without its lease; null on a miss. */
    @Override
    public @Nullable CompletableFuture<?> retrieve(Object key) {
        ValueWrapper found = get(key);
        return found == null ? null : CompletableFuture.completedFuture(found);
    }

    /** Loads what is missing, under a lease; concurrent callers of a key share one load. */
    @Override
    public <T> CompletableFuture<T> retrieve(Object key, Supplier<CompletableFuture<T>> loader) {
        return loads.loadAsync(textOf(key), loader, transactions.current(), Tagging.NONE);
    }

    // ---- Evicting

    /** Evicts the key everywhere, and stores nothing: the value has no lease. */
    @Override
    public void put(Object key, @Nullable Object value) {
        evict(key);
    }

    /** Returns what is cached. If nothing is, stores nothing: the value has no lease. */
    @Override
    public @Nullable ValueWrapper putIfAbsent(Object key, @Nullable Object value) {
        ValueWrapper found = get(key);
        if (found == null) {
            counts.storesWithoutLease.increment();
        }
        return found;
    }

    @Override
    public void evict(Object key) {
        evictions.evict(Eviction.ofKey(textOf(key)), transactions.current());
    }

    /** Evicts the key everywhere at once, and once more after the commit. */
    @Override
    public boolean evictIfPresent(Object key) {
        return evictions.evictNow(textOf(key), transactions.current());
    }

    /** Evicts all, within the limit on broad changes. */
    @Override
    public void clear() {
        evictions.evict(Eviction.ofAll(), transactions.current());
    }

    /** Evicts all at once, and once more after the commit. */
    @Override
    public boolean invalidate() {
        return evictions.evictAllNow(transactions.current());
    }

    // ---- The end

    void close() {
        region.close();
    }

    @Override
    public String toString() {
        return region.toString();
    }
}
