package dev.freshet.cache;

/**
 * Turns values into bytes for the Redis tier, and back. Implementations must be safe to use from any thread, and must not
 * block. If {@link #decode} throws anything or returns null, the read is a miss, never an absence; if {@link #encode} does,
 * nothing is stored in Redis. {@link CachedRegionStats#codecFailures} counts both.
 *
 * <p>During an upgrade, processes of both versions read each other's values. So a codec that changes the form of the bytes
 * must still read the former one; otherwise the region needs another name.
 */
public interface ValueCodec<V> {

    /** Returns the bytes of a value. Neither side changes the array afterwards. */
    byte[] encode(V value);

    /** Returns the value of bytes. */
    V decode(byte[] bytes);
}
