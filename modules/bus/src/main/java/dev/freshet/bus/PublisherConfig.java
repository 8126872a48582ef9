package dev.freshet.bus;

import dev.freshet.bus.internal.redis.ProcessName;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * How a publisher behaves. Get one from {@link #of} and change what must be different with the {@code with…} methods.
 *
 * @param redis where Redis is
 * @param name what people call this process; goes into every record as its origin
 * @param logMaximumRecords each log keeps about this many records
 * @param logMaximumBytes each log keeps about this many bytes of records
 * @param queueMaximumInvalidations at most this much waits for the appender, each key, tag and prefix counting as one; more
 *     is refused
 * @param retention how long acknowledged records are kept, to append them again when the server's identity changes
 * @param retentionMaximumBytes at most this many bytes of them are kept
 * @param waitReplicas this many replicas must acknowledge an append; 0: none
 * @param waitTimeout how long to wait for their acknowledgements
 * @param broadMaximumEntries a change of tags, prefixes or all that would evict more entries than this, over all live
 *     members, is refused unless it is {@linkplain Change#forced forced}; 0: no limit, and no member is asked
 * @param broadTimeout how long to wait for the members' counts
 * @param maximumRegions a change of a region that does not exist is refused if there are this many
 * @param regionExpiry a region that nobody followed and nobody appended to for this time is removed from Redis; zero: this publisher
 *     removes none
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
        Duration broadTimeout,
        int maximumRegions,
        Duration regionExpiry) {

    public PublisherConfig {
        Objects.requireNonNull(redis);
        requirePositive("logMaximumRecords", logMaximumRecords);
        requirePositive("logMaximumBytes", logMaximumBytes);
        requirePositive("queueMaximumInvalidations", queueMaximumInvalidations);
        requirePositive("retentionMaximumBytes", retentionMaximumBytes);
        requirePositive("maximumRegions", maximumRegions);
        if (broadMaximumEntries < 0) {
            throw new IllegalArgumentException(
                    "broadMaximumEntries must not be negative, but is " + broadMaximumEntries);
        }
        if (regionExpiry.isNegative()) {
            throw new IllegalArgumentException("regionExpiry must not be negative, but is " + regionExpiry);
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
                Duration.ofSeconds(1),
                10_000,
                Duration.ZERO);
    }

    /** Returns a copy with this Redis. */
    public PublisherConfig withRedis(RedisConfig redis) {
        return with(draft -> draft.redis = redis);
    }

    /** Returns a copy with this name. */
    public PublisherConfig withName(String name) {
        return with(draft -> draft.name = name);
    }

    /** Returns a copy with logs of at most about this size. */
    public PublisherConfig withLog(long maximumRecords, long maximumBytes) {
        return with(draft -> {
            draft.logMaximumRecords = maximumRecords;
            draft.logMaximumBytes = maximumBytes;
        });
    }

    /** Returns a copy with a queue of at most this size. */
    public PublisherConfig withQueue(int maximumInvalidations) {
        return with(draft -> draft.queueMaximumInvalidations = maximumInvalidations);
    }

    /** Returns a copy that confirms a change only when this many replicas acknowledged it. */
    public PublisherConfig withWait(int replicas, Duration timeout) {
        return with(draft -> {
            draft.waitReplicas = replicas;
            draft.waitTimeout = timeout;
        });
    }

    /** Returns a copy that keeps acknowledged records for this long, within this many bytes. */
    public PublisherConfig withRetention(Duration retention, long maximumBytes) {
        return with(draft -> {
            draft.retention = retention;
            draft.retentionMaximumBytes = maximumBytes;
        });
    }

    /** Returns a copy that refuses changes which would evict more entries than this, unless they are forced; 0: none. */
    public PublisherConfig withBroadLimit(long maximumEntries, Duration timeout) {
        return with(draft -> {
            draft.broadMaximumEntries = maximumEntries;
            draft.broadTimeout = timeout;
        });
    }

    /** Returns a copy that begins no further region if there are this many. */
    public PublisherConfig withMaximumRegions(int maximumRegions) {
        return with(draft -> draft.maximumRegions = maximumRegions);
    }

    /** Returns a copy that removes regions from Redis which nobody used for this time; zero: none. */
    public PublisherConfig withRegionExpiry(Duration unusedFor) {
        return with(draft -> draft.regionExpiry = unusedFor);
    }

    private PublisherConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.finish();
    }

    /** A configuration that is being changed. */
    private static final class Draft {
        private RedisConfig redis;
        private String name;
        private long logMaximumRecords;
        private long logMaximumBytes;
        private int queueMaximumInvalidations;
        private Duration retention;
        private long retentionMaximumBytes;
        private int waitReplicas;
        private Duration waitTimeout;
        private long broadMaximumEntries;
        private Duration broadTimeout;
        private int maximumRegions;
        private Duration regionExpiry;

        private Draft(PublisherConfig from) {
            redis = from.redis;
            name = from.name;
            logMaximumRecords = from.logMaximumRecords;
            logMaximumBytes = from.logMaximumBytes;
            queueMaximumInvalidations = from.queueMaximumInvalidations;
            retention = from.retention;
            retentionMaximumBytes = from.retentionMaximumBytes;
            waitReplicas = from.waitReplicas;
            waitTimeout = from.waitTimeout;
            broadMaximumEntries = from.broadMaximumEntries;
            broadTimeout = from.broadTimeout;
            maximumRegions = from.maximumRegions;
            regionExpiry = from.regionExpiry;
        }

        private PublisherConfig finish() {
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
                    broadTimeout,
                    maximumRegions,
                    regionExpiry);
        }
    }

    private static void requirePositive(String what, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(what + " must be positive, but is " + value);
        }
    }
}
