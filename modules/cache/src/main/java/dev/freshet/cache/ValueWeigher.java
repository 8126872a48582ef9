package dev.freshet.cache;

/** Says how much memory a value takes. */
@FunctionalInterface
public interface ValueWeigher<V> {

    /**
     * The value's bytes, not negative. Called once a store, on the storing thread; the key, the tags and the cache's own
     * overhead are added by the cache.
     */
    long bytes(V value);
}
