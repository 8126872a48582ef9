package dev.freshet.cache;

import dev.freshet.bus.RegionReader;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one region in this process, kept coherent by the bus: give it to {@code Subscriber.connect} as the region's
 * reader. Made by {@link #builder}; not meant to be implemented elsewhere.
 *
 * <p>A value whose load began before an invalidation of its key, of one of its tags, of a prefix of its key or of the whole
 * region was applied is never readable after it, however long the load took: {@link #get} and stores under a {@link Lease}
 * see to that. {@link #put} cannot, and does not.
 *
 * <p>Safe to use from any thread. Nothing here blocks, except that {@link #get} runs its loader or waits for another caller's
 * load of the same key. Keys are valid names of the schema (1 to 512 bytes of UTF-8); where one is stored or leased, anything
 * else is an {@link IllegalArgumentException}. Arguments must not be null unless said.
 */
public interface RegionCache<V> extends RegionReader, AutoCloseable {

    /**
     * Begins a cache for a region.
     *
     * @throws IllegalArgumentException if it is not a region's name
     */
    static <V> RegionCacheBuilder<V> builder(String region) {
        return new RegionCacheBuilder<>(region);
    }

    /** Returns the region's name. The cache follows that region only, and one subscriber at a time. */
    @Override
    String region();

    // ---- Reading

    /** Returns the value, or null if none is cached, or if the region is bypassed, or if it is an absence that is cached. */
    @Nullable
    V getIfPresent(String key);

    /** Returns what is cached with what is known about it; empty if nothing is, or if the region is bypassed. */
    Optional<Lookup.Hit<V>> find(String key);

    /** Returns what is cached, or a lease under which the caller may store what it loads from now on. */
    Lookup<V> lookup(String key);

    /**
     * Like {@link #lookup}, for a load that may take any time: the lease of a miss does not expire. The caller must {@link #store} under
     * it or {@link #release} it, whatever its load comes to. A lease that is forgotten uses memory until its key is
     * invalidated.
     */
    Lookup<V> lookupForLoad(String key);

    /**
     * Like {@link #lookupForLoad(String)}, for a load within a transaction which began after the mark was taken; see {@link
     * #lease(String, Mark)}.
     *
     * @throws IllegalArgumentException if the mark is another cache's
     */
    Lookup<V> lookupForLoad(String key, Mark since);

    /**
     * Returns the cached value, and makes no object for it: the cheapest read where most reads are hits. Returns null on a miss, for a cached
     * absence, and for an entry that its reader is to refresh. Then nothing is counted: call {@link #lookupForLoad(String)}.
     */
    @Nullable
    V getIfHit(String key);

    /**
     * Like {@link #lookup}, for a caller that must see everything applied up to now because it asked for a position. An entry
     * that a {@linkplain RegionCacheBuilder#resetSpread spread} reset has left readable for a while counts as a miss.
     */
    Lookup<V> lookupApplied(String key);

    /**
     * Returns a lease whatever is cached, for a caller that wants what the source has now. What is cached stays until a store under the
     * lease replaces it. Counts as a miss.
     */
    Lookup.Miss<V> lookupFresh(String key);

    /**
     * Returns what is cached, or waits for what the holder of another lease of the key is about to store: one load a key. Never
     * blocks. The future completes with
     *
     * <ul>
     *   <li>a hit when the value is stored;
     *   <li>a miss, and so a lease, when no other lease is good any more and it is this caller's turn, or when {@code atMost}
     *       has passed;
     *   <li>a miss at once if too many callers wait already.
     * </ul>
     *
     * Cancel the future to give the place up. It may complete on a thread that stores, so what depends on it must be quick.
     *
     * @param takesSpared false for a caller that asked for a position, see {@link #lookupApplied}
     */
    CompletableFuture<Lookup<V>> lookupOrAwait(String key, Duration atMost, boolean takesSpared);

    /**
     * Returns the cached value, or else loads it. Concurrent callers of a key share one load; a caller that comes after an
     * invalidation of it does not share one that began before. What a load brings is kept unless it was overtaken, and is
     * returned in either case to those that called before.
     *
     * @return the value, or null if there is none; where the load failed and the region is {@linkplain
     *     RegionCacheBuilder#failSafe fail-safe}, the value that was valid last
     * @throws LoadException in every caller of a load that failed, unless there is such a value; nothing is cached then
     * @throws RecursiveLoadException if the load would have to wait for itself
     */
    @Nullable
    V get(String key, Loader<V> loader);

    /**
     * Like {@link #get(String, Loader)}, for a loader that reads within a transaction which began after the mark was taken. What it
     * brings is kept only if nothing that covers it was invalidated since the mark; and callers that come after such an invalidation
     * do not share the load. May refuse more than it must. The loader runs on the calling thread. No refresh begins.
     *
     * @throws IllegalArgumentException if the mark is another cache's
     */
    @Nullable
    V get(String key, Loader<V> loader, Mark since);

    /**
     * Like {@link #get(String, Loader)}, without holding a thread. Callers of both share loads. {@link RegionCacheBuilder#loadTimeout}
     * and {@link RegionCacheBuilder#softTimeout} hold, also for the caller that begins the load. A loader that needs its own key waits
     * until the timeout.
     *
     * @return completes with the value, or null if there is none; exceptionally with a {@link LoadException}. Already complete if the
     *     key is cached; else on a thread for callbacks, so what depends on it must not block for long. Cancelling it ends this wait
     *     only: the load goes on, for others and for the cache
     */
    CompletableFuture<@Nullable V> getAsync(String key, AsyncLoader<V> loader);

    /** Like {@link #get(String, Loader)}, and says what the answer is worth. */
    Loaded<V> getWithState(String key, Loader<V> loader);

    /**
     * For a caller whose load has failed: returns what is cached after all, or else the value that was valid last, if the
     * region is {@linkplain RegionCacheBuilder#failSafe fail-safe}, marked {@link ServingState#STALE}; or else a miss.
     *
     * @param atMost how long ago it may have stopped being valid; the region's own limit applies too
     */
    Lookup<V> lookupAfterFailure(String key, Duration atMost);

    // ---- Storing

    /** Hands out a lease. To be called before the load begins. */
    Lease lease(String key);

    /** Marks this moment. To be called before a transaction begins in which is loaded. Never blocks. */
    Mark mark();

    /**
     * Hands out a lease as if at the mark: a store under it is kept only if nothing that covers the value was invalidated since then.
     * May refuse more than it must.
     *
     * @throws IllegalArgumentException if the mark is another cache's
     */
    Lease lease(String key, Mark since);

    /**
     * Stores what was loaded since the lease was handed out, if it is still good.
     *
     * @throws NullPointerException if the value is null: {@link #storeAbsence} stores that there is none
     */
    StoreResult store(Lease lease, V value, StoreOptions options);

    /** Stores that there is no value, if the lease is still good. */
    StoreResult storeAbsence(Lease lease, StoreOptions options);

    /**
     * Ends a lease under which nothing will be stored, for example because the load failed. A caller of {@link #lookupOrAwait} that
     * waits for its value gets a lease instead. Does nothing if the lease is used, dead or another cache's.
     */
    void release(Lease lease);

    /**
     * Stores under a lease that is known by its {@linkplain Lease#token() text}.
     *
     * @param token the lease's text, or null if the caller has none, which is refused unless the region accepts it
     */
    StoreResult store(String key, @Nullable String token, V value, StoreOptions options);

    /**
     * Stores that there is no value, under a lease that is known by its text.
     *
     * @param token the lease's text, or null if the caller has none, which is refused unless the region accepts it
     */
    StoreResult storeAbsence(String key, @Nullable String token, StoreOptions options);

    /**
     * Ends a lease that is known by its text, see {@link #release(Lease)}.
     *
     * @return whether there was such a lease; false if it is used, expired, invalidated, another key's or another cache's
     */
    boolean release(String key, String token);

    /**
     * Stores a value without a lease, whatever {@link RegionCacheBuilder#unleasedStores} says of stores by text: for values
     * that the caller knows to be current, such as those it just wrote under a lock of its source. A value that was read
     * before an invalidation and put after it stays. Refused if its version is too low, or if it is too large.
     */
    StoreResult put(String key, V value, StoreOptions options);

    /** Stores a value without a lease, see {@link #put(String, Object, StoreOptions)}, with the region's own limits alone. */
    StoreResult put(String key, V value);

    // ---- Invalidating, in this process only

    /** Evicts the key here, and refuses what was being loaded for it. Returns whether there was a readable entry. */
    boolean invalidate(String key);

    /** Evicts what is selected here, and refuses what was being loaded of it. */
    void invalidate(Selector selector);

    /** Evicts everything here, and refuses what was being loaded. */
    void clear();

    // ---- Looking at it

    /** What an answer is worth now. A cache that is not subscribed, or was not confirmed yet, is not confirmed. */
    ServingState state();

    /** Returns what becomes of stores without a lease, see {@link RegionCacheBuilder#unleasedStores}. */
    UnleasedStores unleasedStores();

    /** The age of the region's last confirmation; {@link Long#MAX_VALUE}: never. */
    long confirmedAgeNanos();

    /**
     * Returns how many entries there are. Between a broad invalidation and the next sweep, this visits all entries to tell;
     * {@link #stats()} never does.
     */
    long size();

    /**
     * Returns why this cache cannot do what it must before the process is started with other libraries, in a sentence; null if there is
     * nothing. From then on the region counts as never confirmed. Never blocks.
     */
    @Nullable
    String misconfiguration();

    /** Counts and sizes. */
    CacheStats stats();

    /**
     * Evicts a second time what is due for it, and frees the memory of what cannot be read any more, on the calling thread.
     * The cache does this by itself on its scheduler unless it was built with {@link RegionCacheBuilder#sweptByOwner}.
     */
    void sweep();

    /** Ends the sweeping, and what else happens in the background. The cache goes on to work. */
    @Override
    void close();
}
