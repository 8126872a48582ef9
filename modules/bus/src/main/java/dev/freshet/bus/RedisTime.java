package dev.freshet.bus;

import java.util.OptionalLong;

/**
 * This process's estimate of the clock of Redis, from round trips to it. All times on the wire are on that clock. Safe to use
 * from any thread; never blocks.
 */
public interface RedisTime {

    /** Returns microseconds since 1970 on the Redis clock, as estimated now; before the first sample by the local wall clock. */
    long nowMicros();

    /** Returns how far {@link #nowMicros} may be off, either way; empty until there are samples of this server. */
    OptionalLong errorMicros();

    /** Converts a moment on the Redis clock to the value that {@link TimeSource#nanoTime} has then. */
    long nanoTimeAt(long redisMicros);
}
