package dev.freshet.cache;

/** Says how much memory a value takes. */
@FunctionalInterface
public interface ValueWeigher<V> {

    /** What the cache adds for an entry, besides its key and its value. */
    int ENTRY_OVERHEAD_BYTES = 160;

    /** What the cache adds for each tag of an entry, besides the tag's text. */
    int TAG_OVERHEAD_BYTES = 48;

    /**
     * The value's bytes, not negative. Called once a store, on the storing thread. The cache adds the key, the tags and its
     * own overhead. If it throws anything, or returns a negative number, the value is not kept, as if it were too large;
     * {@link CacheStats#weigherFailures} counts that.
     */
    long bytes(V value);
}
