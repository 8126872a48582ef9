package dev.freshet;

import dev.freshet.bus.Change;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.cache.AsyncLoader;
import dev.freshet.cache.BulkLoader;
import dev.freshet.cache.CacheStats;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.CachedRegionStats;
import dev.freshet.cache.Lease;
import dev.freshet.cache.LoadContext;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Mark;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.SourceWrite;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.WriteResult;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A region of a client: gives each call to the layer that does it, as long as the region is open. */
final class OpenRegion<V> implements Region<V> {

    private final CachedRegion<V> cached;
    private final RegionSubscription subscription;
    private final Invalidations invalidations;
    private final @Nullable Duration absencesTtl;
    private final @Nullable UnaryOperator<V> copier;
    private final Consumer<OpenRegion<V>> unfollow;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();

    /** From then on no call begins, and no load that ends is stored. */
    private volatile boolean isClosed;

    private boolean isEnded;

    /** @param unfollow ends the subscription; blocks for a bounded time */
    @SuppressWarnings("FutureReturnValueIgnored") // it only completes the other one
    OpenRegion(
            CachedRegion<V> cached,
            RegionSubscription subscription,
            Invalidations invalidations,
            RegionOptions<V> options,
            Consumer<OpenRegion<V>> unfollow) {
        this.cached = cached;
        this.subscription = subscription;
        this.invalidations = invalidations;
        this.absencesTtl = options.absencesTtl();
        this.copier = options.copier();
        this.unfollow = unfollow;
        subscription.caughtUp().thenRun(() -> ready.complete(null));
    }

    @Override
    public String name() {
        return cached.region();
    }

    /** Returns what keeps the region's cache from its work, in a sentence; null if nothing does. */
    @Nullable
    String misconfiguration() {
        return cached.local().misconfiguration();
    }

    @Override
    public CompletableFuture<Void> ready() {
        return ready.copy(); // the caller may cancel it
    }

    // ---- Reading

    @Override
    public @Nullable V get(String key, Loader<V> loader) {
        requireOpen();
        return copied(cached.get(key, ending(loader)));
    }

    /**
     * The loader, and what the region does when it ends: itself if that is nothing, since an object for each call is what takes
     * longest of a hit. A load that began before the region was closed lost its lease then, and {@link #end} clears what one that began
     * meanwhile has stored.
     */
    private Loader<V> ending(Loader<V> loader) {
        Objects.requireNonNull(loader, "loader");
        if (copier == null && absencesTtl == null) {
            return loader;
        }
        return (key, context) -> {
            V value = loader.load(key, context);
            ended(value, context);
            return copied(value);
        };
    }

    private @Nullable V copied(@Nullable V value) {
        return value == null ? null : copy(value);
    }

    private V copy(V value) {
        return copier == null ? value : Objects.requireNonNull(copier.apply(value), "the copier returned null");
    }

    private void ended(@Nullable V value, LoadContext context) {
        if (isClosed) {
            context.doNotStore();
        } else if (value == null && absencesTtl != null) {
            context.cacheAbsence().ttl(absencesTtl);
        }
    }

    @Override
    public CompletableFuture<@Nullable V> getAsync(String key, AsyncLoader<V> loader) {
        requireOpen();
        Objects.requireNonNull(loader, "loader");
        return cached.getAsync(
                        key, (missed, context) -> loader.load(missed, context).thenApply(value -> {
                            ended(value, context);
                            return copied(value);
                        }))
                .thenApply(this::copied);
    }

    @Override
    public Map<String, V> getAll(Collection<String> keys, BulkLoader<V> loader) {
        requireOpen();
        Objects.requireNonNull(loader, "loader");
        Map<String, V> values = cached.getAll(keys, (missing, context) -> {
            Map<String, V> loaded = Objects.requireNonNull(
                    loader.load(missing, context), "the loader returned null; a key without a value is left out");
            missing.forEach(key -> ended(loaded.get(key), context.of(key)));
            return copies(loaded);
        });
        return copier == null ? values : Collections.unmodifiableMap(copies(values));
    }

    private Map<String, V> copies(Map<String, V> values) {
        if (copier == null) {
            return values;
        }
        Map<String, V> copies = new LinkedHashMap<>();
        values.forEach((key, value) -> {
            if (value != null) {
                copies.put(key, copy(value));
            }
        });
        return copies;
    }

    @Override
    public Mark mark() {
        requireOpen();
        return cached.mark();
    }

    @Override
    public @Nullable V get(String key, Loader<V> loader, Mark since) {
        requireOpen();
        return copied(cached.get(key, ending(loader), since));
    }

    @Override
    public Lease lease(String key, Mark since) {
        requireOpen();
        return cached.lease(key, since);
    }

    @Override
    public @Nullable V getIfPresent(String key) {
        requireOpen();
        return copied(cached.local().getIfPresent(key));
    }

    @Override
    public Lookup<V> lookup(String key) {
        requireOpen();
        return copiedHit(cached.lookup(key).join());
    }

    @Override
    public CompletableFuture<Lookup<V>> lookupForLoad(String key) {
        requireOpen();
        CompletableFuture<Lookup<V>> found = cached.lookupForLoad(key);
        return copier == null ? found : found.thenApply(this::copiedHit);
    }

    @Override
    public Lookup<V> lookupForLoad(String key, Mark since) {
        requireOpen();
        return copiedHit(cached.lookupForLoad(key, since));
    }

    @Override
    public @Nullable V getIfHit(String key) {
        requireOpen();
        return copied(cached.local().getIfHit(key));
    }

    private Lookup<V> copiedHit(Lookup<V> found) {
        return copier != null && found instanceof Lookup.Hit<V> hit
                ? new Lookup.Hit<>(
                        copied(hit.value()),
                        hit.ageNanos(),
                        hit.tags(),
                        hit.version(),
                        hit.state(),
                        hit.confirmedAgeNanos(),
                        hit.staleNanos(),
                        hit.refresh())
                : found;
    }

    // ---- Storing

    @Override
    public StoreResult store(Lease lease, V value, StoreOptions options) {
        requireOpen();
        Objects.requireNonNull(value, "value must not be null; storeAbsence stores that there is none");
        return cached.store(lease, copy(value), options);
    }

    @Override
    public StoreResult storeAbsence(Lease lease, StoreOptions options) {
        requireOpen();
        return cached.storeAbsence(lease, options);
    }

    @Override
    public void release(Lease lease) {
        requireOpen();
        cached.release(lease);
    }

    // ---- Invalidating

    @Override
    public Published invalidate(Change change) {
        requireOpen();
        return invalidations.publish(cached, subscription, Objects.requireNonNull(change, "change"));
    }

    @Override
    public CompletableFuture<Published> invalidateAsync(Change change) {
        requireOpen();
        return invalidations.publishAsync(cached, subscription, Objects.requireNonNull(change, "change"));
    }

    @Override
    public CompletableFuture<Boolean> awaitApplied(Receipt receipt, Duration timeout) {
        requireOpen();
        if (!receipt.region().equals(name())) {
            throw new IllegalArgumentException(
                    "the receipt is of region \"" + receipt.region() + "\", but this region is \"" + name() + "\"");
        }
        return subscription.awaitPosition(receipt.position(), timeout);
    }

    @Override
    public <X extends Exception> WriteResult write(String key, @Nullable V value, SourceWrite<X> write) throws X {
        requireOpen();
        return invalidations.write(cached, key, copied(value), write);
    }

    @Override
    public WriteResult written(String key, V value, Mark since, StoreOptions options) {
        requireOpen();
        Objects.requireNonNull(value, "value");
        return invalidations.written(cached, key, copy(value), since, options);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the region repeats it until Redis has evicted it
    public void evictLocally(Selector selector) {
        requireOpen();
        cached.invalidate(selector);
    }

    @Override
    public <K> KeyedRegion<K, V> keyed(KeyText<K> texts) {
        return new TextKeyedRegion<>(this, Objects.requireNonNull(texts, "texts"));
    }

    // ---- Looking at it

    @Override
    public ServingState state() {
        requireOpen();
        return cached.local().state();
    }

    @Override
    public CacheStats stats() {
        return cached.local().stats();
    }

    @Override
    public CachedRegionStats tierStats() {
        return cached.stats();
    }

    /** Why the region is not confirmed now, in a sentence; null if the last attempt succeeded. */
    @Nullable
    String trouble() {
        return subscription.trouble();
    }

    // ---- The end

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("region \"" + name() + "\" is closed");
        }
    }

    @Override
    public void close() {
        refuse();
        end();
    }

    /** Lets no call begin any more. What is being loaded is not stored. */
    void refuse() {
        isClosed = true;
        cached.local().clear();
    }

    /** Follows the log no longer, and frees the name. */
    void end() {
        synchronized (this) {
            if (isEnded) {
                return;
            }
            isEnded = true;
        }
        unfollow.accept(this);
        cached.local().clear(); // what a call stored that had begun before
        cached.close();
        ready.completeExceptionally(new IllegalStateException("region \"" + name() + "\" is closed"));
    }

    @Override
    public String toString() {
        return "Region[" + name() + "]";
    }
}
