package dev.freshet;

import dev.freshet.cache.BulkLoadContext;
import dev.freshet.cache.LoadContext;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Mark;
import dev.freshet.cache.SourceWrite;
import dev.freshet.cache.WriteResult;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A region whose keys are of any type. Each call is that of the {@link Region} with the key's {@link KeyText}; both can be used side by
 * side. Made by {@link Region#keyed}. Safe to use from any thread.
 */
public interface KeyedRegion<K, V> {

    /** Loads a value that is not cached; see {@link dev.freshet.cache.Loader}. */
    @FunctionalInterface
    interface Loader<K, V> {
        /** Returns the value, or null if there is none. */
        @Nullable
        V load(K key, LoadContext context) throws Exception;
    }

    /** Loads a value without holding a thread; see {@link dev.freshet.cache.AsyncLoader}. */
    @FunctionalInterface
    interface AsyncLoader<K, V> {
        /** Completes with the value, or with null if there is none. Must not block. */
        CompletionStage<? extends @Nullable V> load(K key, LoadContext context) throws Exception;
    }

    /** Loads several values in one step; see {@link dev.freshet.cache.BulkLoader}. */
    @FunctionalInterface
    interface BulkLoader<K, V> {
        /** Returns the values of those keys that have one. The context takes a key's {@linkplain KeyedRegion#text text}. */
        Map<K, V> load(Set<K> keys, BulkLoadContext context) throws Exception;
    }

    /** Returns the region with texts as keys. */
    Region<V> region();

    /** Returns a key's text, for a {@link dev.freshet.bus.Change} of more than keys. */
    String text(K key);

    /** See {@link Region#get(String, dev.freshet.cache.Loader)}. */
    @Nullable
    V get(K key, Loader<K, V> loader);

    /** See {@link Region#get(String, dev.freshet.cache.Loader, Mark)}. */
    @Nullable
    V get(K key, Loader<K, V> loader, Mark since);

    /** See {@link Region#getAsync}. */
    CompletableFuture<@Nullable V> getAsync(K key, AsyncLoader<K, V> loader);

    /**
     * See {@link Region#getAll}.
     *
     * @throws IllegalArgumentException if two keys that are not equal have one text
     * @throws LoadException if the load failed
     */
    Map<K, V> getAll(Collection<K> keys, BulkLoader<K, V> loader);

    /** See {@link Region#getIfPresent}. */
    @Nullable
    V getIfPresent(K key);

    /** See {@link Region#lookup}; store under the miss's lease in the {@link #region}. */
    Lookup<V> lookup(K key);

    /** See {@link Region#invalidate(String...)}. */
    Published invalidate(K key);

    /**
     * Invalidates keys in one change; see {@link Region#invalidate(String...)}.
     *
     * @throws IllegalArgumentException if there is none
     */
    Published invalidateAll(Collection<K> keys);

    /** See {@link Region#write}. */
    <X extends Exception> WriteResult write(K key, @Nullable V value, SourceWrite<X> write) throws X;
}
