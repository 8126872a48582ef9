package dev.freshet.bus;

import java.time.Duration;
import java.util.Objects;

/**
 * How a publisher behaves. Get one from {@link #of} and change what must be different with the {@code with…} methods.
 *
 * @param redis where Redis is
 * @param name what people call this process; goes into every record as its origin
 * @param logMaximumRecords each log keeps about as many records
 * @param logMaximumBytes each log keeps about as many bytes of records
 * @param queueMaximumInvalidations how much waits for the appender at most, each key, tag and prefix counting as one;
 *     more is refused
 * @param retention how long what was acknowledged is kept, to append it again when the server's identity changes
 * @param retentionMaximumBytes how much of it is kept at most
 * @param waitReplicas how many replicas must acknowledge an append; 0: none
 * @param waitTimeout how long to wait for them
 * @param broadMaximumEntries a change of tags, prefixes or all that would evict more entries than this, over all live
 *     members, is refused unless it is {@linkplain Change#forced forced}; 0: no limit, and nobody is asked
 * @param broadTimeout how long to wait for the members' counts
 */
public record PublisherConfig(
        RedisConfig redis,
        String name,
        long logMaximumRecords,
        long logMaximumBytes,
        int queueMaximumInvalidations,
        Duration retention,
        long retentionMaximumBytes,
        int waitReplicas,
        Duration waitTimeout,
        long broadMaximumEntries,
        Duration broadTimeout) {

    public PublisherConfig {
        Objects.requireNonNull(redis);
        requirePositive("logMaximumRecords", logMaximumRecords);
        requirePositive("logMaximumBytes", logMaximumBytes);
        requirePositive("queueMaximumInvalidations", queueMaximumInvalidations);
        requirePositive("retentionMaximumBytes", retentionMaximumBytes);
        if (broadMaximumEntries < 0) {
            throw new IllegalArgumentException(
                    "broadMaximumEntries must not be negative, but is " + broadMaximumEntries);
        }
        if (waitReplicas < 0) {
            throw new IllegalArgumentException("waitReplicas must not be negative, but is " + waitReplicas);
        }
    }

    /** The defaults for a Redis at this address. */
    public static PublisherConfig of(String uri) {
        return new PublisherConfig(
                RedisConfig.of(uri),
                ProcessName.ofThisProcess(),
                100_000,
                64L << 20,
                65_536,
                Duration.ofSeconds(60),
                64L << 20,
                0,
                Duration.ofMillis(500),
                0,
                Duration.ofSeconds(1));
    }

    /** The same, with this Redis. */
    public PublisherConfig withRedis(RedisConfig redis) {
        return new PublisherConfig(
                redis,
                name,
                logMaximumRecords,
                logMaximumBytes,
                queueMaximumInvalidations,
                retention,
                retentionMaximumBytes,
                waitReplicas,
                waitTimeout,
                broadMaximumEntries,
                broadTimeout);
    }

    /** The same, under this name. */
    public PublisherConfig withName(String name) {
        return new PublisherConfig(
                redis,
                name,
                logMaximumRecords,
                logMaximumBytes,
                queueMaximumInvalidations,
                retention,
                retentionMaximumBytes,
                waitReplicas,
                waitTimeout,
                broadMaximumEntries,
                broadTimeout);
    }

    /** The same, with logs of this size. */
    public PublisherConfig withLog(long maximumRecords, long maximumBytes) {
        return new PublisherConfig(
                redis,
                name,
                maximumRecords,
                maximumBytes,
                queueMaximumInvalidations,
                retention,
                retentionMaximumBytes,
                waitReplicas,
                waitTimeout,
                broadMaximumEntries,
                broadTimeout);
    }

    /** The same, with a queue of this size. */
    public PublisherConfig withQueue(int maximumInvalidations) {
        return new PublisherConfig(
                redis,
                name,
                logMaximumRecords,
                logMaximumBytes,
                maximumInvalidations,
                retention,
                retentionMaximumBytes,
                waitReplicas,
                waitTimeout,
                broadMaximumEntries,
                broadTimeout);
    }

    /** The same, with an append counting only when so many replicas acknowledged it. */
    public PublisherConfig withWait(int replicas, Duration timeout) {
        return new PublisherConfig(
                redis,
                name,
                logMaximumRecords,
                logMaximumBytes,
                queueMaximumInvalidations,
                retention,
                retentionMaximumBytes,
                replicas,
                timeout,
                broadMaximumEntries,
                broadTimeout);
    }

    /** The same, keeping what was acknowledged for this long, within so many bytes. */
    public PublisherConfig withRetention(Duration retention, long maximumBytes) {
        return new PublisherConfig(
                redis,
                name,
                logMaximumRecords,
                logMaximumBytes,
                queueMaximumInvalidations,
                retention,
                maximumBytes,
                waitReplicas,
                waitTimeout,
                broadMaximumEntries,
                broadTimeout);
    }

    /** The same, refusing what would evict more than so many entries, unless it is forced; 0: nothing is refused. */
    public PublisherConfig withBroadLimit(long maximumEntries, Duration timeout) {
        return new PublisherConfig(
                redis,
                name,
                logMaximumRecords,
                logMaximumBytes,
                queueMaximumInvalidations,
                retention,
                retentionMaximumBytes,
                waitReplicas,
                waitTimeout,
                maximumEntries,
                timeout);
    }

    private static void requirePositive(String what, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(what + " must be positive, but is " + value);
        }
    }
}
