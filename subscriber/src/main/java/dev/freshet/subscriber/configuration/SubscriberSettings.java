package dev.freshet.subscriber.configuration;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.schema.Syntax;
import dev.freshet.service.Settings;
import java.time.Duration;
import java.util.Map;

/**
 * All that can be configured, checked.
 *
 * @param bus how to follow the regions
 * @param http how entries are served
 * @param startupWait how long the startup probe waits for Redis
 * @param tierCalls how values are read from Redis and stored there, for regions that ask for it
 * @param regions at least one, by name
 */
public record SubscriberSettings(
        SubscriberConfig bus,
        HttpSettings http,
        Duration startupWait,
        RedisTierSettings.Calls tierCalls,
        Map<String, RegionSettings> regions) {

    private static final String DEFAULT_REDIS = "redis://127.0.0.1:6379";

    public SubscriberSettings {
        regions = Map.copyOf(regions);
    }

    /** Reads the whole configuration. */
    public static SubscriberSettings read(Settings settings) {
        SubscriberConfig defaults = SubscriberConfig.of(DEFAULT_REDIS);
        RedisConfig redis = readRedis(settings.section("redis"));
        String name = settings.text("name", defaults.name(), "what people call this member");
        HttpSettings http = HttpSettings.read(settings.section("http"));
        Duration heartbeat = settings.duration(
                "heartbeat",
                defaults.heartbeat(),
                Duration.ofMillis(10),
                Duration.ofMinutes(1),
                "how often proof is asked for that nothing was missed");
        Duration startupWait = settings.duration(
                "startup-wait",
                Duration.ofSeconds(10),
                Duration.ZERO,
                Duration.ofHours(1),
                "how long the startup probe, and so the application behind it, waits for Redis");
        Settings replay = settings.section("replay");
        int bufferRecords = replay.integer(
                "buffer-records",
                defaults.bufferMaximumRecords(),
                1,
                10_000_000,
                "how many live records are held during a replay; more are read from the log");
        int pageRecords = replay.integer(
                "page-records",
                defaults.replayPageRecords(),
                1,
                100_000,
                "how many records one read of the log asks for");
        RedisTierSettings.Calls tierCalls = RedisTierSettings.Calls.read(settings.section("redis-tier"));
        Map<String, RegionSettings> regions = settings.map(
                "regions",
                region -> Syntax.faultInRegion(region).orElse(null),
                (region, section) -> RegionSettings.read(section, heartbeat));
        if (regions.isEmpty()) {
            settings.fault("regions", "must name at least one region");
        }
        SubscriberConfig bus = defaults.withRedis(redis)
                .withName(name)
                .withHeartbeat(heartbeat)
                .withGoneAfter(goneAfter(heartbeat, regions, defaults.goneAfter()))
                .withReplay(bufferRecords, pageRecords);
        return new SubscriberSettings(bus, http, startupWait, tierCalls, regions);
    }

    private static RedisConfig readRedis(Settings settings) {
        String uri = settings.text(
                "uri",
                DEFAULT_REDIS,
                "an address",
                RedisConfig::faultIn,
                "where Redis is: redis://, rediss://, redis-sentinel:// or redis-cluster://");
        RedisConfig defaults = RedisConfig.of(uri);
        return new RedisConfig(
                uri,
                settings.duration(
                        "connect-timeout",
                        defaults.connectTimeout(),
                        Duration.ofMillis(10),
                        Duration.ofMinutes(1),
                        "how long one attempt to connect may take"),
                settings.duration(
                        "command-timeout",
                        defaults.commandTimeout(),
                        Duration.ofMillis(10),
                        Duration.ofMinutes(1),
                        "how long one command may take"));
    }

    /**
     * A member counts as gone only after it has itself stopped serving as confirmed, in every region: until then whoever
     * awaits it must wait for it.
     */
    private static Duration goneAfter(Duration heartbeat, Map<String, RegionSettings> regions, Duration atLeast) {
        Duration longestBound = regions.values().stream()
                .map(RegionSettings::unconfirmedAfter)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
        Duration goneAfter = longestBound.plus(heartbeat.multipliedBy(2));
        return goneAfter.compareTo(atLeast) < 0 ? atLeast : goneAfter;
    }
}
