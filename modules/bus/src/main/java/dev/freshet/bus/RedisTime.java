package dev.freshet.bus;

import java.util.OptionalLong;

/**
 * This process's idea of the clock of Redis, from round trips to it. All times on the wire are on that clock. Safe to use
 * from any thread; never blocks.
 */
public interface RedisTime {

    /** Microseconds since 1970 on the Redis clock, as estimated now. Before the first sample: the local wall clock. */
    long nowMicros();

    /** How far {@link #nowMicros} may be off, either way; empty until there are samples of this server. */
    OptionalLong errorMicros();

    /** Converts a moment on the Redis clock to what {@link TimeSource#nanoTime} showed or will show then. */
    long nanoTimeAt(long redisMicros);
}
