package dev.freshet.subscriber.configuration;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.schema.Syntax;
import dev.freshet.service.config.RedisSettings;
import dev.freshet.service.config.Settings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The subscriber's settings, checked. Immutable.
 *
 * @param bus how to follow the regions
 * @param http the data port
 * @param startupWait how long the startup probe waits for Redis at most
 * @param readyAfterStartupWait whether the subscriber is ready without Redis after that time
 * @param tierCalls how to call Redis for values, for regions with a Redis tier
 * @param resp the RESP port; null: there is none
 * @param regions the regions by name; at least one
 */
public record SubscriberSettings(
        SubscriberConfig bus,
        HttpSettings http,
        Duration startupWait,
        boolean readyAfterStartupWait,
        RedisTierSettings.Calls tierCalls,
        @Nullable RespSettings resp,
        Map<String, RegionSettings> regions) {

    private static final long MEBIBYTE = 1 << 20;
    private static final String DEFAULT_REDIS = "redis://127.0.0.1:6379";

    public SubscriberSettings {
        regions = Map.copyOf(regions);
    }

    /** Reads all settings of the subscriber. */
    public static SubscriberSettings read(Settings settings) {
        SubscriberConfig defaults = SubscriberConfig.of(DEFAULT_REDIS);
        RedisConfig redis = RedisSettings.read(settings);
        String name = settings.text("name", defaults.name(), "this member's name, for people");
        HttpSettings http = HttpSettings.read(settings.section("http"));
        Duration heartbeat = settings.duration(
                "heartbeat",
                defaults.heartbeat(),
                Duration.ofMillis(10),
                Duration.ofMinutes(1),
                "how often the regions are confirmed");
        Duration startupWait = settings.duration(
                "startup-wait",
                Duration.ofSeconds(10),
                Duration.ZERO,
                Duration.ofHours(1),
                "how long the startup probe, and so the application, waits for Redis at most");
        boolean readyAfterStartupWait = settings.bool(
                "ready-after-startup-wait",
                true,
                "whether it is ready after that time without Redis, each region by its policy; false: only once it has caught up");
        Settings replay = settings.section("replay");
        int bufferRecords = replay.integer(
                "buffer-records",
                defaults.bufferMaximumRecords(),
                1,
                10_000_000,
                "how many live records are held during a replay; the others are read from the log");
        int pageRecords = replay.integer(
                "page-records",
                defaults.replayPageRecords(),
                1,
                100_000,
                "how many records one read of the log asks for");
        RedisTierSettings.Calls tierCalls = RedisTierSettings.Calls.read(settings.section("redis-tier"));
        RespSettings resp = RespSettings.read(settings, redis);
        Set<String> filled = resp == null ? Set.of() : resp.regions();
        Map<String, RegionSettings> regions = settings.map(
                "regions",
                region -> Syntax.faultInRegion(region).orElse(null),
                (region, section) -> RegionSettings.read(section, heartbeat, filled.contains(region)));
        if (resp != null) {
            resp.check(settings, regions.keySet());
        }
        if (regions.isEmpty()) {
            settings.fault("regions", "must name at least one region, as in \"regions: { users: {} }\"");
        }
        regions = withinHeap(regions, settings, Runtime.getRuntime().maxMemory());
        SubscriberConfig bus = defaults.withRedis(redis)
                .withName(name)
                .withHeartbeat(heartbeat)
                .withGoneAfter(goneAfter(heartbeat, regions, defaults.goneAfter()))
                .withReplay(bufferRecords, pageRecords);
        return new SubscriberSettings(bus, http, startupWait, readyAfterStartupWait, tierCalls, resp, regions);
    }

    /**
     * Gives each region without a limit by bytes its share of half of the heap. The other half is for the bus, requests in flight,
     * and what entries cost beside their bytes.
     */
    static Map<String, RegionSettings> withinHeap(
            Map<String, RegionSettings> regions, Settings settings, long heapBytes) {
        long given = regions.values().stream()
                .mapToLong(region -> Math.min(heapBytes, region.maximumBytes().orElse(0)))
                .sum();
        long largest = heapBytes / 10 * 8;
        if (given > largest) {
            settings.fault(
                    "regions",
                    "must have maximum-bytes of at most " + largest / MEBIBYTE
                            + "MiB together, eight tenths of the" + " heap, but have " + given / MEBIBYTE
                            + "MiB; lower them, or give the process more heap (-Xmx)");
        }
        long sharing = regions.values().stream()
                .filter(region -> region.maximumBytes().isEmpty())
                .count();
        long share = sharing == 0 ? 0 : Math.max(MEBIBYTE, (heapBytes / 2 - given) / sharing);
        Map<String, RegionSettings> bounded = new LinkedHashMap<>();
        regions.forEach((region, its) -> bounded.put(region, its.orMaximumBytes(share)));
        return bounded;
    }

    /**
     * Returns after how long others may take this member for gone. By then it has stopped serving as confirmed in every region;
     * until then, a caller that awaits it must wait for it.
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
