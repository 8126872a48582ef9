package dev.freshet.bus.tier;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.internal.redis.ProcessName;
import java.time.Duration;
import java.util.Objects;

/**
 * How a {@link RedisTier} behaves. Get one from {@link #of} and change what must be different with the {@code with…} methods.
 *
 * @param redis where Redis is; its timeouts count if they are shorter than {@code timeout}
 * @param name what people call this process
 * @param timeout how long a call may take, its wait in the queue included
 * @param connections how many threads share the calls; each has a connection, and sends many calls at once
 * @param queueMaximumCalls at most this many calls wait; more fail at once
 * @param queueMaximumBytes at most this many bytes of values wait
 */
public record RedisTierConfig(
        RedisConfig redis,
        String name,
        Duration timeout,
        int connections,
        int queueMaximumCalls,
        long queueMaximumBytes) {

    public RedisTierConfig {
        Objects.requireNonNull(redis);
        Objects.requireNonNull(name);
        if (timeout.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("timeout must be at least 1 ms, but is " + timeout);
        }
        if (connections <= 0 || queueMaximumCalls <= 0 || queueMaximumBytes <= 0) {
            throw new IllegalArgumentException("connections, queueMaximumCalls and queueMaximumBytes must be positive");
        }
    }

    /** The defaults for a Redis at this address: 250 ms, two connections, 10,000 calls and 64 MiB in the queue. */
    public static RedisTierConfig of(String uri) {
        return of(RedisConfig.of(uri), ProcessName.ofThisProcess());
    }

    /** The defaults for this Redis. */
    public static RedisTierConfig of(RedisConfig redis, String name) {
        return new RedisTierConfig(redis, name, Duration.ofMillis(250), 2, 10_000, 64L << 20);
    }

    /** Returns a copy whose calls take at most this long. */
    public RedisTierConfig withTimeout(Duration timeout) {
        return new RedisTierConfig(redis, name, timeout, connections, queueMaximumCalls, queueMaximumBytes);
    }

    /** Returns a copy with this many connections. */
    public RedisTierConfig withConnections(int connections) {
        return new RedisTierConfig(redis, name, timeout, connections, queueMaximumCalls, queueMaximumBytes);
    }

    /** Returns a copy with a queue of at most this size. */
    public RedisTierConfig withQueue(int maximumCalls, long maximumBytes) {
        return new RedisTierConfig(redis, name, timeout, connections, maximumCalls, maximumBytes);
    }
}
