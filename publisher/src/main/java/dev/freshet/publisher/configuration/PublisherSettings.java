package dev.freshet.publisher.configuration;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.RedisConfig;
import dev.freshet.schema.Limits;
import dev.freshet.schema.Syntax;
import dev.freshet.service.Settings;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.Sources;
import dev.freshet.sources.configuration.SourceSettings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What can be configured.
 *
 * @param bus how changes are appended
 * @param http how they are taken in
 * @param regions the only ones that are taken; empty: any
 * @param queueMaximumBytes what requests may have under way at most, all together
 * @param awaitTimeout how long to wait for members, and for their answers to a dry run, unless the request says
 * @param awaitMaximumTimeout the longest wait that a request may ask for
 * @param metricsMaximumRegions how many regions get a label of their own; the others share one
 * @param sources databases and others that changes come from, beside HTTP
 */
public record PublisherSettings(
        PublisherConfig bus,
        Http http,
        List<String> regions,
        long queueMaximumBytes,
        Duration awaitTimeout,
        Duration awaitMaximumTimeout,
        int metricsMaximumRegions,
        List<SourceConfig> sources) {

    private static final String DEFAULT_URI = "redis://127.0.0.1:6379";
    private static final Duration INSTANT = Duration.ofMillis(1);

    /**
     * The data port.
     *
     * @param maximumBodyBytes of one JSON object
     * @param maximumLineBytes of one line of a stream
     * @param idleTimeout after which a connection without a byte is closed
     * @param maximumConnections how many may be open at a time
     */
    public record Http(
            String host,
            int port,
            int maximumBodyBytes,
            int maximumLineBytes,
            Duration idleTimeout,
            int maximumConnections) {
        public static Http read(Settings http) {
            return new Http(
                    http.text("host", "0.0.0.0", "the address that changes are taken in at"),
                    http.integer("port", 8700, 0, 65_535, "the port that changes are taken in at; 0: any"),
                    (int) http.bytes("maximum-body", 1 << 20, 64, 64 << 20, "the largest JSON object of a request"),
                    (int) http.bytes("maximum-line", 1 << 20, 64, 64 << 20, "the longest line of an NDJSON stream"),
                    http.duration(
                            "idle-timeout",
                            Duration.ofSeconds(75),
                            Duration.ofSeconds(1),
                            Duration.ofHours(1),
                            "after which a connection that carries nothing is closed"),
                    http.integer(
                            "maximum-connections",
                            10_000,
                            1,
                            1_000_000,
                            "connections that are open at a time; one more is closed at once"));
        }
    }

    public static PublisherSettings read(Settings settings) {
        PublisherConfig defaults = PublisherConfig.of(DEFAULT_URI);
        Settings log = settings.section("log");
        Settings queue = settings.section("queue");
        Settings wait = settings.section("wait");
        Settings retention = settings.section("retention");
        Settings await = settings.section("await");
        Settings broad = settings.section("broad");

        PublisherConfig bus = new PublisherConfig(
                readRedis(settings.section("redis")),
                settings.text(
                        "name", defaults.name(), "a text", PublisherSettings::faultInName, "the origin in records"),
                log.number(
                        "maximum-records",
                        defaults.logMaximumRecords(),
                        1,
                        1_000_000_000,
                        "records that each region's log keeps, about"),
                log.bytes(
                        "maximum-bytes",
                        defaults.logMaximumBytes(),
                        Limits.MAX_BODY_BYTES,
                        1L << 40,
                        "bytes of records that each region's log keeps, about"),
                queue.integer(
                        "maximum-invalidations",
                        defaults.queueMaximumInvalidations(),
                        1,
                        10_000_000,
                        "keys, tags and prefixes that wait to be appended at most; more are refused"),
                retention.duration(
                        "time",
                        defaults.retention(),
                        Duration.ZERO,
                        Duration.ofHours(1),
                        "how long acknowledged records are kept, to append them again after a failover"),
                retention.bytes(
                        "maximum-bytes",
                        defaults.retentionMaximumBytes(),
                        1 << 20,
                        1L << 40,
                        "bytes of acknowledged records that are kept at most"),
                wait.integer(
                        "replicas",
                        defaults.waitReplicas(),
                        0,
                        100,
                        "replicas of Redis that must acknowledge an append before it counts"),
                wait.duration(
                        "timeout", defaults.waitTimeout(), INSTANT, Duration.ofMinutes(1), "how long to wait for them"),
                broad.number(
                        "maximum-entries",
                        defaults.broadMaximumEntries(),
                        0,
                        1_000_000_000_000L,
                        "a change of tags, prefixes or all that would evict more, over all subscribers, is refused unless"
                                + " forced; 0: no limit"),
                broad.duration(
                        "timeout",
                        defaults.broadTimeout(),
                        INSTANT,
                        Duration.ofMinutes(1),
                        "how long subscribers may take to count them"));
        Duration awaitMaximum = await.duration(
                "maximum-timeout",
                Duration.ofSeconds(30),
                INSTANT,
                Duration.ofMinutes(10),
                "the longest wait for members that a request may ask for");
        Duration awaitTimeout = await.duration(
                "timeout",
                Duration.ofSeconds(5),
                INSTANT,
                Duration.ofMinutes(10),
                "how long to wait for members where the request does not say");
        if (awaitTimeout.compareTo(awaitMaximum) > 0) {
            await.fault("timeout", "must not be longer than await.maximum-timeout");
        }
        Http http = Http.read(settings.section("http"));
        long queueMaximumBytes = queue.bytes(
                "maximum-bytes",
                64L << 20,
                1 << 20,
                1L << 40,
                "bytes of requests that are under way at most; more wait, or are refused");
        if (queueMaximumBytes < Math.max(http.maximumBodyBytes(), http.maximumLineBytes())) {
            queue.fault("maximum-bytes", "must not be less than http.maximum-body and http.maximum-line");
        }
        return new PublisherSettings(
                bus,
                http,
                settings.texts(
                        "regions",
                        "regions",
                        region -> Syntax.faultInRegion(region).orElse(null),
                        "the only regions that are taken; none given: any"),
                queueMaximumBytes,
                awaitTimeout,
                awaitMaximum,
                settings.section("metrics")
                        .integer(
                                "maximum-regions",
                                200,
                                1,
                                100_000,
                                "regions that get a label of their own in metrics; the others share \"other\""),
                SourceSettings.read(settings, Sources.kinds()));
    }

    private static RedisConfig readRedis(Settings redis) {
        RedisConfig defaults = RedisConfig.of(DEFAULT_URI);
        return new RedisConfig(
                redis.text(
                        "uri",
                        DEFAULT_URI,
                        "redis://, rediss://, redis-sentinel:// or redis-cluster://",
                        RedisConfig::faultIn,
                        "where Redis is"),
                redis.duration(
                        "connect-timeout",
                        defaults.connectTimeout(),
                        INSTANT,
                        Duration.ofMinutes(1),
                        "how long one attempt to connect may take"),
                redis.duration(
                        "command-timeout",
                        defaults.commandTimeout(),
                        INSTANT,
                        Duration.ofMinutes(1),
                        "how long Redis may take to answer a command"));
    }

    private static @Nullable String faultInName(String name) {
        int bytes = Syntax.utf8Bytes(name);
        return bytes >= 0 && bytes <= Limits.MAX_ORIGIN_BYTES
                ? null
                : "must be at most " + Limits.MAX_ORIGIN_BYTES + " bytes of UTF-8";
    }
}
