package dev.freshet.cache;

/**
 * Turns values into bytes for the Redis tier, and back. Implementations must be safe to use from any thread, and must not
 * block. If {@link #decode} throws anything or returns null, the read is a miss, never an absence; if {@link #encode} does,
 * nothing is stored in Redis. {@link CachedRegionStats#codecFailures} counts both.
 *
 * <p>A codec whose bytes a former release cannot read, or that cannot read those of a former release, needs another {@link
 * #version}. During a rolling deploy, processes of both versions then keep values of their own in the same region.
 */
public interface ValueCodec<V> {

    /** Returns the bytes of a value. Neither side changes the array afterwards. */
    byte[] encode(V value);

    /** Returns the value of bytes. */
    V decode(byte[] bytes);

    /**
     * Returns what changes with the form of the bytes. It is part of the values' names in Redis: a codec reads only values of its
     * own version, while an invalidation evicts those of all versions. Asked once, when the region is built.
     *
     * @return 0 or more; 0 by default. At most 8 others may be in use at a time
     */
    default int version() {
        return 0;
    }
}
