package dev.freshet.bus.tier;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.internal.redis.ProcessName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link RedisTier} behaves. Get one from {@link #of} and change what must be different with the {@code with…} methods.
 *
 * @param redis where Redis is; its timeouts count if they are shorter than {@code timeout}
 * @param name what people call this process
 * @param timeout how long a call may take, its wait in the queue included
 * @param connections how many threads share the calls; each has a connection, and sends many calls at once
 * @param queueMaximumCalls at most this many calls wait; more fail at once
 * @param queueMaximumBytes at most this many bytes of values wait
 * @param keyFile the file with the keys that values are signed with, see {@link #withKeyFile}; null: they are not signed
 */
public record RedisTierConfig(
        RedisConfig redis,
        String name,
        Duration timeout,
        int connections,
        int queueMaximumCalls,
        long queueMaximumBytes,
        @Nullable Path keyFile) {

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
        return new RedisTierConfig(redis, name, Duration.ofMillis(250), 2, 10_000, 64L << 20, null);
    }

    /** Returns a copy with this Redis. */
    public RedisTierConfig withRedis(RedisConfig redis) {
        return new RedisTierConfig(redis, name, timeout, connections, queueMaximumCalls, queueMaximumBytes, keyFile);
    }

    /** Returns a copy with this name of the process. */
    public RedisTierConfig withName(String name) {
        return new RedisTierConfig(redis, name, timeout, connections, queueMaximumCalls, queueMaximumBytes, keyFile);
    }

    /** Returns a copy whose calls take at most this long. */
    public RedisTierConfig withTimeout(Duration timeout) {
        return new RedisTierConfig(redis, name, timeout, connections, queueMaximumCalls, queueMaximumBytes, keyFile);
    }

    /** Returns a copy with this many connections. */
    public RedisTierConfig withConnections(int connections) {
        return new RedisTierConfig(redis, name, timeout, connections, queueMaximumCalls, queueMaximumBytes, keyFile);
    }

    /** Returns a copy with a queue of at most this size. */
    public RedisTierConfig withQueue(int maximumCalls, long maximumBytes) {
        return new RedisTierConfig(redis, name, timeout, connections, maximumCalls, maximumBytes, keyFile);
    }

    /**
     * Returns a copy that signs the values that it stores, and takes only values that are signed: one that is not, or not with these
     * keys, is a miss. Processes with and without keys do not see each other's values. Bytes are signed, not encrypted.
     *
     * @param keyFile one key a line, each of at least 32 bytes: the first one signs, all of them verify. It is read again within seconds
     *     when it changes. To replace a key, add the new one at the end everywhere, then move it to the front everywhere, then
     *     remove the old one
     */
    public RedisTierConfig withKeyFile(Path keyFile) {
        Objects.requireNonNull(keyFile);
        return new RedisTierConfig(redis, name, timeout, connections, queueMaximumCalls, queueMaximumBytes, keyFile);
    }
}
