package dev.freshet.bus;

import dev.freshet.bus.internal.redis.ProcessName;
import java.time.Duration;
import java.util.Objects;

/**
 * How a subscriber behaves. Get one from {@link #of} and change what must be different with the {@code with…} methods.
 *
 * @param redis where Redis is
 * @param name what people call this process; shown in the members rows
 * @param heartbeat the interval at which a confirmation is asked for
 * @param silence how long a connection may stay without a byte before it counts as dead
 * @param goneAfter how long after its last row others take this member for gone; longer than any region's bound for being
 *     unconfirmed
 * @param bufferMaximumRecords at most this many live records are held during a replay; more are read from the log instead
 * @param replayPageRecords how many records one read of the log asks for
 */
public record SubscriberConfig(
        RedisConfig redis,
        String name,
        Duration heartbeat,
        Duration silence,
        Duration goneAfter,
        int bufferMaximumRecords,
        int replayPageRecords) {

    public SubscriberConfig {
        Objects.requireNonNull(redis);
        if (heartbeat.compareTo(Duration.ofMillis(10)) < 0) {
            throw new IllegalArgumentException("heartbeat must be at least 10 ms, but is " + heartbeat);
        }
        if (silence.compareTo(heartbeat.multipliedBy(2)) < 0) {
            throw new IllegalArgumentException("silence must be at least two heartbeats, but is " + silence);
        }
        if (goneAfter.compareTo(heartbeat.multipliedBy(2)) < 0) {
            throw new IllegalArgumentException("goneAfter must be at least two heartbeats, but is " + goneAfter);
        }
        if (bufferMaximumRecords <= 0 || replayPageRecords <= 0) {
            throw new IllegalArgumentException("bufferMaximumRecords and replayPageRecords must be positive");
        }
    }

    /** The defaults for a Redis at this address. */
    public static SubscriberConfig of(String uri) {
        return new SubscriberConfig(
                RedisConfig.of(uri),
                ProcessName.ofThisProcess(),
                Duration.ofMillis(500),
                Duration.ofMillis(2_000),
                Duration.ofSeconds(5),
                10_000,
                500);
    }

    /** Returns a copy with this Redis. */
    public SubscriberConfig withRedis(RedisConfig redis) {
        return new SubscriberConfig(
                redis, name, heartbeat, silence, goneAfter, bufferMaximumRecords, replayPageRecords);
    }

    /** Returns a copy with this name. */
    public SubscriberConfig withName(String name) {
        return new SubscriberConfig(
                redis, name, heartbeat, silence, goneAfter, bufferMaximumRecords, replayPageRecords);
    }

    /** Returns a copy with this heartbeat, and with a silence of four heartbeats. */
    public SubscriberConfig withHeartbeat(Duration heartbeat) {
        Duration silence = heartbeat.multipliedBy(4);
        Duration gone = goneAfter.compareTo(silence) < 0 ? silence : goneAfter;
        return new SubscriberConfig(redis, name, heartbeat, silence, gone, bufferMaximumRecords, replayPageRecords);
    }

    /** Returns a copy that others take for gone only after this long. */
    public SubscriberConfig withGoneAfter(Duration goneAfter) {
        return new SubscriberConfig(
                redis, name, heartbeat, silence, goneAfter, bufferMaximumRecords, replayPageRecords);
    }

    /** Returns a copy that holds at most this many live records during a replay, and reads this many at a time. */
    public SubscriberConfig withReplay(int bufferMaximumRecords, int pageRecords) {
        return new SubscriberConfig(redis, name, heartbeat, silence, goneAfter, bufferMaximumRecords, pageRecords);
    }
}
