package dev.freshet.cache;

/**
 * Turns values into bytes for the Redis tier and back. Safe to use from any thread; returns at once. What it throws counts as
 * a miss when reading, and leaves Redis alone when storing. Change the bytes' form only together with a form of reading the
 * former one, or with the region's name: processes of both versions read each other's values.
 */
public interface ValueCodec<V> {

    /** Returns the bytes of a value; nobody may change them afterwards. */
    byte[] encode(V value);

    /** Returns the value of bytes. */
    V decode(byte[] bytes);
}
