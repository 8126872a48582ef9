package dev.freshet.bus.patience;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.bus.tier.RedisTierConfig;
import java.time.Duration;

/**
 * Settings for tests about something else than slowness. With the defaults a machine that stands still for three seconds makes a
 * command fail, a connection count as dead and a member as gone; with these it does not.
 */
public final class Patient {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration HEARTBEAT = Duration.ofMillis(100);

    /** Longer than any test. */
    private static final Duration AN_HOUR = Duration.ofHours(1);

    private Patient() {}

    public static RedisConfig redis(String uri) {
        return RedisConfig.of(uri).withTimeouts(TIMEOUT, TIMEOUT);
    }

    /** A publisher that keeps what was acknowledged until the test ends. */
    public static PublisherConfig publisher(String uri) {
        return PublisherConfig.of(uri).withRedis(redis(uri)).withRetention(AN_HOUR, 64L << 20);
    }

    /** A subscriber that asks often, waits long, and counts as gone only when it leaves. */
    public static SubscriberConfig subscriber(String uri) {
        SubscriberConfig defaults = SubscriberConfig.of(uri);
        return new SubscriberConfig(
                redis(uri),
                defaults.name(),
                HEARTBEAT,
                TIMEOUT,
                AN_HOUR,
                defaults.bufferMaximumRecords(),
                defaults.replayPageRecords());
    }

    public static RedisTierConfig tier(String uri) {
        return RedisTierConfig.of(redis(uri), "test").withTimeout(TIMEOUT);
    }
}
