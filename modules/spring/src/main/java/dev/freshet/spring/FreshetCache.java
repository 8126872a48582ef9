package dev.freshet.spring;

import dev.freshet.Published;
import dev.freshet.Region;
import dev.freshet.bus.Change;
import dev.freshet.cache.Lease;
import dev.freshet.cache.LoadContext;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.LoadTimeoutException;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Mark;
import dev.freshet.cache.StoreOptions;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
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
    private final Region<Object> region;
    private final FreshetCacheOptions options;
    private final KeyTexts texts;
    private final Transactions transactions;
    private final Executor executor;
    private final Counts counts;
    private volatile boolean isClosed;

    FreshetCache(
            String name,
            Region<Object> region,
            FreshetCacheOptions options,
            KeyTexts texts,
            Transactions transactions,
            Executor executor,
            Counts counts) {
        this.name = name;
        this.region = region;
        this.options = options;
        this.texts = texts;
        this.transactions = transactions;
        this.executor = executor;
        this.counts = counts;
    }

    @Override
    public String getName() {
        return name;
    }

    /** Returns the {@link #region}. */
    @Override
    public Object getNativeCache() {
        return region;
    }

    /** Returns the region. */
    public Region<Object> region() {
        return region;
    }

    /**
     * Returns the text of a key, which names it in invalidations from elsewhere.
     *
     * @throws IllegalArgumentException if no converter knows its type
     */
    public String textOf(Object key) {
        return texts.of(key);
    }

    FreshetCacheOptions options() {
        return options;
    }

    Transactions transactions() {
        return transactions;
    }

    Counts counts() {
        return counts;
    }

    // ---- Reading by hand

    @Override
    public @Nullable ValueWrapper get(Object key) {
        Lookup<Object> found = find(textOf(key));
        return found instanceof Lookup.Hit<Object> hit ? new SimpleValueWrapper(hit.value()) : null;
    }

    private @Nullable Lookup<Object> find(String key) {
        CurrentTransaction transaction = transactions.current();
        Lookup<Object> found = look(key, transaction);
        if (found instanceof Lookup.Miss<Object> miss) {
            release(miss.lease());
            return null;
        }
        if (found instanceof Lookup.Hit<Object> hit && hit.refresh() != null) {
            release(hit.refresh());
        }
        return found;
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
        return load(key, loader, transactions.current(), Tagging.NONE);
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
        return loadAsync(key, loader, transactions.current(), Tagging.NONE);
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
        evict(Eviction.ofKey(textOf(key)), transactions.current());
    }

    /** Evicts the key everywhere at once, and once more after the commit. */
    @Override
    public boolean evictIfPresent(Object key) {
        return evictNow(textOf(key), transactions.current());
    }

    /** Evicts all, within the limit on broad changes. */
    @Override
    public void clear() {
        evict(Eviction.ofAll(), transactions.current());
    }

    /** Evicts all at once, and once more after the commit. */
    @Override
    public boolean invalidate() {
        return evictAllNow(transactions.current());
    }

    void evict(Eviction eviction, @Nullable CurrentTransaction transaction) {
        requireOpen();
        if (transaction == null || !transaction.defer(this, eviction)) {
            publish(eviction);
        }
    }

    boolean evictNow(String key, @Nullable CurrentTransaction transaction) {
        boolean wasPresent = find(key) != null;
        publish(Eviction.ofKey(key));
        if (transaction != null) {
            transaction.defer(this, Eviction.ofKey(key));
        }
        return wasPresent;
    }

    boolean evictAllNow(@Nullable CurrentTransaction transaction) {
        requireOpen();
        boolean wasPresent = region.stats().entries() > 0;
        publish(Eviction.ofAll());
        if (transaction != null) {
            transaction.defer(this, Eviction.ofAll());
        }
        return wasPresent;
    }

    void publish(Eviction eviction) {
        requireOpen();
        EvictionSet evictions = new EvictionSet();
        evictions.add(eviction);
        if (!evictions.isEmpty()) {
            region.invalidate(evictions.change());
        }
    }

    CompletableFuture<Published> publishAsync(Change change) {
        requireOpen();
        return region.invalidateAsync(change);
    }

    /** Marks this moment; null if the cache is closed. */
    @Nullable
    Mark mark() {
        try {
            return region.mark();
        } catch (IllegalStateException closed) {
            return null;
        }
    }

    // ---- Loading

    /**
     * Returns what a caller in this transaction may read, or a miss with a lease that must be stored under or released; null if it is a
     * miss, and nothing that the caller loads may be stored.
     */
    @Nullable
    Lookup<Object> look(String key, @Nullable CurrentTransaction transaction) {
        requireOpen();
        return transaction == null ? lookup(key) : lookupWithin(transaction, key);
    }

    private Lookup<Object> lookup(String key) {
        try {
            return region.lookupForLoad(key).join();
        } catch (CompletionException fault) {
            throw fault.getCause() instanceof RuntimeException cause ? cause : fault;
        }
    }

    private @Nullable Lookup<Object> lookupWithin(CurrentTransaction transaction, String key) {
        Mark since = transaction.markOf(this);
        Lookup<Object> found = since == null ? lookup(key) : region.lookupForLoad(key, since);
        if (found instanceof Lookup.Hit<Object> hit) {
            boolean isHidden = transaction.hides(this, key, hit.tags() > 0);
            if (hit.refresh() != null) {
                release(hit.refresh());
            }
            return isHidden ? null : found;
        }
        if (found instanceof Lookup.Miss<Object> miss && since == null) {
            counts.untrackedLoads.increment();
            release(miss.lease());
            return null;
        }
        return found;
    }

    /** Like {@link #look} outside of transactions, without blocking. */
    CompletableFuture<Lookup<Object>> lookAsync(String key) {
        requireOpen();
        CompletableFuture<Lookup<Object>> found = region.lookupForLoad(key);
        return found.isDone() ? found : found.thenApplyAsync(Function.identity(), executor);
    }

    @SuppressWarnings("unchecked")
    <T> @Nullable T load(Object key, Callable<T> loader, @Nullable CurrentTransaction transaction, Tagging tagging) {
        requireOpen();
        String text = textOf(key);
        try {
            if (transaction == null) {
                return (T) region.get(text, (missed, load) -> tagged(loader.call(), load, tagging));
            }
            Mark since = transaction.markOf(this);
            if (since != null && transaction.isReadOnly() && !transaction.hides(this, text, true)) {
                return (T) region.get(text, (missed, load) -> tagged(loader.call(), load, tagging), since);
            }
            return loadAlone(text, loader, transaction, tagging);
        } catch (LoadTimeoutException late) {
            throw new ValueRetrievalException(key, loader, late);
        } catch (LoadException fault) {
            throw new ValueRetrievalException(key, loader, fault.getCause());
        } catch (Failed fault) {
            throw new ValueRetrievalException(key, loader, fault.getCause());
        }
    }

    /** What a loader threw. */
    private static final class Failed extends RuntimeException {
        Failed(Throwable cause) {
            super(null, cause, false, false);
        }

        @Override
        public synchronized Throwable getCause() {
            return java.util.Objects.requireNonNull(super.getCause());
        }
    }

    /** A load that nobody else shares: it may read what its transaction has not committed. */
    @SuppressWarnings("unchecked")
    private <T> @Nullable T loadAlone(String key, Callable<T> loader, CurrentTransaction transaction, Tagging tagging) {
        Lookup<Object> found = look(key, transaction);
        if (found instanceof Lookup.Hit<Object> hit) {
            return (T) hit.value();
        }
        Lease lease = found instanceof Lookup.Miss<Object> miss ? miss.lease() : null;
        T value;
        try {
            value = loader.call();
        } catch (Throwable fault) {
            release(lease);
            throw new Failed(fault);
        }
        loaded(lease, value, transaction, tagging);
        return value;
    }

    private @Nullable Object tagged(@Nullable Object value, LoadContext load, Tagging tagging) {
        if (value != null) {
            load.tags(tagsOf(value, tagging));
        }
        return value;
    }

    private Collection<String> tagsOf(Object value, Tagging tagging) {
        Function<Object, ? extends Collection<String>> ofCache = options.tags();
        if (ofCache == null) {
            return tagging.tagsOf(value);
        }
        Set<String> tags = new LinkedHashSet<>(tagging.tagsOf(value));
        tags.addAll(ofCache.apply(value));
        return tags;
    }

    @SuppressWarnings("unchecked")
    <T> CompletableFuture<T> loadAsync(
            Object key,
            Supplier<CompletableFuture<T>> loader,
            @Nullable CurrentTransaction transaction,
            Tagging tagging) {
        requireOpen();
        String text = textOf(key);
        CompletableFuture<Object> loaded = transaction == null
                ? region.getAsync(text, (missed, load) -> loader.get().thenApply(value -> tagged(value, load, tagging)))
                : loadAloneAsync(text, loader, transaction, tagging);
        return (CompletableFuture<T>)
                loaded.exceptionallyCompose(fault -> CompletableFuture.failedFuture(causeOf(fault)));
    }

    private <T> CompletableFuture<Object> loadAloneAsync(
            String key, Supplier<CompletableFuture<T>> loader, CurrentTransaction transaction, Tagging tagging) {
        Lookup<Object> found = look(key, transaction);
        if (found instanceof Lookup.Hit<Object> hit) {
            return CompletableFuture.completedFuture(hit.value());
        }
        Lease lease = found instanceof Lookup.Miss<Object> miss ? miss.lease() : null;
        CompletionStage<T> loading;
        try {
            loading = loader.get();
        } catch (Throwable fault) {
            release(lease);
            return CompletableFuture.failedFuture(fault);
        }
        return loading.handle((value, fault) -> {
                    if (fault != null) {
                        release(lease);
                        throw new CompletionException(causeOf(fault));
                    }
                    loaded(lease, value, transaction, tagging);
                    return (Object) value;
                })
                .toCompletableFuture();
    }

    private static Throwable causeOf(Throwable fault) {
        Throwable cause = fault;
        while ((cause instanceof CompletionException || isOfLoader(cause)) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static boolean isOfLoader(Throwable fault) {
        return fault instanceof LoadException && !(fault instanceof LoadTimeoutException);
    }

    // ---- Storing

    /**
     * Stores what was loaded under a lease: at once, or after the commit of a transaction that may have changed it.
     *
     * @param lease null: nothing is stored
     * @throws RuntimeException if its tags cannot be told; nothing is stored then
     */
    void loaded(
            @Nullable Lease lease, @Nullable Object value, @Nullable CurrentTransaction transaction, Tagging tagging) {
        if (lease == null) {
            return;
        }
        StoreOptions how;
        try {
            how = value == null
                    ? StoreOptions.none().ttl(options.absences())
                    : StoreOptions.none().tags(tagsOf(value, tagging));
        } catch (Throwable fault) {
            release(lease);
            throw fault;
        }
        if (transaction == null || transaction.isReadOnly()) {
            store(lease, value, how);
        } else {
            transaction.storeAfterCommit(new PendingStore(this, lease, value, how));
        }
    }

    /** A method has written a value, which may be cached if nothing else concerned its key since the mark. */
    void written(String key, Object value, Mark since, @Nullable CurrentTransaction transaction, Tagging tagging) {
        requireOpen();
        Written written;
        try {
            written = new Written(key, value, StoreOptions.none().tags(tagsOf(value, tagging)), since);
        } catch (Throwable fault) {
            evict(Eviction.ofKey(key), transaction); // it is written all the same
            throw fault;
        }
        if (transaction == null || !transaction.defer(this, written)) {
            written(written);
        }
    }

    void written(Written written) {
        region.written(written.key(), written.value(), written.since(), written.options());
    }

    /** Stores under a lease, and ends it. */
    void store(Lease lease, @Nullable Object value, StoreOptions how) {
        try {
            if (value != null) {
                region.store(lease, value, how);
            } else if (!options.absences().isZero()) {
                region.storeAbsence(lease, how);
            }
        } catch (IllegalStateException closed) {
            if (!isClosed()) {
                throw closed;
            }
        } finally {
            release(lease); // what was refused
        }
    }

    /** Ends a lease under which nothing is stored. */
    void release(@Nullable Lease lease) {
        if (lease != null) {
            try {
                region.release(lease);
            } catch (IllegalStateException closed) {
                // It has ended with the region.
            }
        }
    }

    // ---- The end

    private boolean isClosed() {
        if (!isClosed) {
            try {
                region.state();
            } catch (IllegalStateException closed) {
                isClosed = true;
            }
        }
        return isClosed;
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException(
                    "cache \"" + name
                            + "\" is closed, because its FreshetCacheManager is: use the one of the application context that is running");
        }
    }

    void close() {
        isClosed = true;
        region.close();
    }

    @Override
    public String toString() {
        return "FreshetCache[" + name + "]";
    }
}
