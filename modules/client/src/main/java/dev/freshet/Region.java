package dev.freshet;

import dev.freshet.bus.Change;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.TooBroadException;
import dev.freshet.bus.UnavailableException;
import dev.freshet.cache.AsyncLoader;
import dev.freshet.cache.BulkLoader;
import dev.freshet.cache.CacheStats;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.CachedRegionStats;
import dev.freshet.cache.Lease;
import dev.freshet.cache.LoadContext;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Mark;
import dev.freshet.cache.RecursiveLoadException;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.SourceWrite;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.WriteResult;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A cache in this process that is coherent with those of all other replicas. Opened by {@link Freshet#region}; not meant to be
 * implemented elsewhere.
 *
 * <p>A value whose load began before an invalidation of its key, of one of its tags, of a prefix of its key or of the whole region
 * was applied here is not readable after it, however long the load took. Values are shared by reference: what {@link #get} returns
 * is the cached object itself, so it must not be changed, unless {@link RegionOptions#copier} is set.
 *
 * <p>Safe to use from any thread. A read of a cached value takes no lock. Keys are 1 to 512 bytes of UTF-8; anything else is an
 * {@link IllegalArgumentException}. Arguments must not be null unless said. After {@link #close}, every method but {@code close},
 * {@link #name}, {@link #stats} and {@link #tierStats} throws an {@link IllegalStateException}.
 */
public interface Region<V> extends AutoCloseable {

    /** Returns the region's name. */
    String name();

    /**
     * Waits until this region has joined and is confirmed for the first time; see {@link Freshet#ready}.
     *
     * @return completes then; exceptionally with an {@link IllegalStateException} if the region is closed before
     */
    CompletableFuture<Void> ready();

    // ---- Reading

    /**
     * Returns the value that is cached here, or the one in the tier, or else loads it. Concurrent callers of a key share one load; a
     * caller that comes after an invalidation of it does not share one that began before. What a load brings is cached unless it was
     * overtaken, and is returned in either case.
     *
     * @param loader reads the source. It must begin to read after it is called, at a source that is at least as new as the
     *     invalidations: a primary, not within a transaction that began before. Its {@link LoadContext} takes tags, a time to live
     *     and a version
     * @return the value, or null if there is none
     * @throws LoadException in every caller of a load that failed; nothing is cached then
     * @throws RecursiveLoadException if the load would have to wait for itself
     */
    @Nullable
    V get(String key, Loader<V> loader);

    /**
     * Like {@link #get(String, Loader)}, without holding a thread; see {@link RegionCache#getAsync}.
     *
     * @return completes with the value, or null if there is none; exceptionally with a {@link LoadException}. Cancelling it ends this
     *     wait only: the load goes on, for others and for the cache
     */
    CompletableFuture<@Nullable V> getAsync(String key, AsyncLoader<V> loader);

    /**
     * Returns the values of these keys that are cached here or in the tier, and loads the others in one step; see {@link
     * CachedRegion#getAll}. The tier is asked for all of them in one round trip.
     *
     * @return the values by key, in the order of the keys; a key without a value is not in it. Cannot be changed
     * @throws LoadException if the load failed; nothing is cached then
     */
    Map<String, V> getAll(Collection<String> keys, BulkLoader<V> loader);

    /**
     * Marks this moment. To be called before a transaction begins in which {@linkplain #get(String, Loader, Mark) is loaded}. Never
     * blocks.
     */
    Mark mark();

    /**
     * Like {@link #get(String, Loader)}, for a loader that reads within a transaction which began after the mark was taken. Such a
     * transaction may read rows as they were when it began, so what it brings is kept only if nothing that covers it was invalidated
     * since the mark. The loader runs on the calling thread.
     *
     * <pre>{@code
     * Mark mark = users.mark();
     * transactions.run(() -> {
     *     User user = users.get("user:1", (key, load) -> database.find(key), mark);
     *     ...
     * });
     * }</pre>
     *
     * @throws IllegalArgumentException if the mark is another region's
     */
    @Nullable
    V get(String key, Loader<V> loader, Mark since);

    /**
     * Hands out a lease as if at the mark, for a caller that loads by itself within a transaction. What is stored under it is stored
     * in this process only.
     *
     * @throws IllegalArgumentException if the mark is another region's
     */
    Lease lease(String key, Mark since);

    /** Returns the value that is cached in this process; null if there is none, or if its absence is cached. Never blocks. */
    @Nullable
    V getIfPresent(String key);

    /**
     * Returns what is cached here or in the tier, or a {@linkplain Lookup.Miss miss} with a lease, under which the caller may {@link
     * #store} what it loads from now on. If it stores nothing, it should {@link #release} the lease. Blocks only if there is a tier,
     * at most for the tier's timeout.
     */
    Lookup<V> lookup(String key);

    /**
     * Like {@link #lookup}, for a load that may take any time: the lease of a miss does not expire. The caller must {@link #store} under
     * it or {@link #release} it, whatever its load comes to. A lease that is forgotten uses memory until its key is
     * invalidated.
     *
     * @return already complete if there is no tier, or if the key is cached here; else it completes within the tier's timeout, on a thread
     *     of the tier, so what depends on it must be quick
     */
    CompletableFuture<Lookup<V>> lookupForLoad(String key);

    /**
     * Returns what is cached in this process, or a lease as if at the mark, for a load within a transaction which began after it; see
     * {@link #lookupForLoad(String)}. What is stored under it is stored in this process only. Never blocks.
     *
     * @throws IllegalArgumentException if the mark is another region's
     */
    Lookup<V> lookupForLoad(String key, Mark since);

    /**
     * Returns the value that is cached in this process: the cheapest read where most reads are hits. Never blocks. Returns null on a miss, for
     * a cached absence, and for an entry that its reader is to refresh. Then nothing is counted: call {@link #lookupForLoad(String)}.
     */
    @Nullable
    V getIfHit(String key);

    // ---- Storing

    /**
     * Stores what was loaded since the lease was handed out, here and in the tier, unless it was overtaken.
     *
     * @throws NullPointerException if the value is null: {@link #storeAbsence} stores that there is none
     */
    StoreResult store(Lease lease, V value, StoreOptions options);

    /** Stores that there is no value, unless that was overtaken. */
    StoreResult storeAbsence(Lease lease, StoreOptions options);

    /** Ends a lease under which nothing will be stored, for example because the load failed. */
    void release(Lease lease);

    // ---- Invalidating

    /**
     * Says that these keys' source has changed. To be called after the commit, never within the transaction. Evicts them in this
     * process at once, and on every replica.
     *
     * @return as {@link #invalidate(Change)}
     */
    default Published invalidate(String... keys) {
        return invalidate(Change.ofKeys(keys));
    }

    /**
     * Says that the source has changed: keys, tags, prefixes or all, with or without a version. To be called after the commit, never
     * within the transaction. What it names is evicted in this process before anything else happens.
     *
     * <p>Blocks until the change is in the log and this process has applied all of the log up to there, at most for {@link
     * FreshetConfig#timeout}. Interrupting the thread does not end the wait; the flag stays set.
     *
     * @return {@link Published.Logged}, which says whether it was applied here in time; or {@link Published.Queued} if Redis did not
     *     acknowledge it and the configuration says {@link OnFailure#QUEUE}
     * @throws UnavailableException if Redis did not acknowledge it and the configuration says {@link OnFailure#THROW}; it may be in
     *     the log after all, and saying it again is harmless
     * @throws TooBroadException if it would evict more entries than {@link dev.freshet.bus.PublisherConfig#broadMaximumEntries}
     *     allows
     */
    Published invalidate(Change change);

    /**
     * Like {@link #invalidate(Change)}, without blocking.
     *
     * @return completes within {@link FreshetConfig#timeout}, on a thread for callbacks; exceptionally as {@code invalidate} throws.
     *     Cancelling it does not take the change back
     */
    CompletableFuture<Published> invalidateAsync(Change change);

    /**
     * Waits until this process has applied what another one has logged: a read that begins after that is not older. So a caller can
     * read on one replica what it wrote through another, if it passes the {@link Published.Logged#at receipt} along.
     *
     * @return completes with true then, or with false after the timeout
     * @throws IllegalArgumentException if the receipt is of another region
     */
    CompletableFuture<Boolean> awaitApplied(Receipt receipt, Duration timeout);

    /**
     * Write-through: writes the source, then invalidates the key on every replica, then caches the new value if nothing else concerned
     * the key meanwhile; see {@link CachedRegion#write}. Blocks for the write, and at most {@link FreshetConfig#timeout} after it.
     *
     * <p>If Redis does not acknowledge the invalidation, the result {@linkplain WriteResult#isPublished says so}, whatever {@link
     * FreshetConfig#onFailure} is, since the source is written. With {@link OnFailure#QUEUE} the invalidation is repeated in the
     * background, also if the write itself failed.
     *
     * @param value what a load would bring from now on; null if the write removes it
     * @param write must have committed when it returns
     * @throws X what the write throws
     */
    <X extends Exception> WriteResult write(String key, @Nullable V value, SourceWrite<X> write) throws X;

    /**
     * Write-through, for a caller that has written the source itself, and has committed: invalidates the key on every replica, then caches
     * the value if nothing else concerned the key since the mark; see {@link CachedRegion#written}. Blocks at most {@link
     * FreshetConfig#timeout}.
     *
     * @param value what a load would bring from now on
     * @param since taken before the write, and before its transaction began
     * @return as {@link #write}
     * @throws IllegalArgumentException if the mark is another region's
     */
    WriteResult written(String key, V value, Mark since, StoreOptions options);

    /**
     * Evicts in this process, and refuses what is being loaded of it. Other replicas keep what they have. A value in the tier goes too,
     * so that the next read asks the source. Says nothing to anybody: after a change of the source use {@link #invalidate}.
     */
    void evictLocally(Selector selector);

    // ---- Keys of another type

    /** Returns this region for keys of any type, by texts that keep them apart. */
    <K> KeyedRegion<K, V> keyed(KeyText<K> texts);

    // ---- Looking at it

    /** Returns what an answer is worth now: whether everything is applied that was said until a moment ago. Never blocks. */
    ServingState state();

    /** Returns counts and sizes of the local cache. */
    CacheStats stats();

    /** Returns what happened between the local cache and the tier; all 0 without a tier. */
    CachedRegionStats tierStats();

    /**
     * Closes the region: drops its entries, and follows its log no longer. The name may be opened again then. Blocks for a bounded
     * time. Loads in flight go on, and their callers get what they load; nothing is stored. Changes of the region that wait in the
     * queue are still repeated. Closing again does nothing.
     */
    @Override
    void close();
}
