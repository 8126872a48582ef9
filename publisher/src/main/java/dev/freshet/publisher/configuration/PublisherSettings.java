package dev.freshet.publisher.configuration;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.schema.Limits;
import dev.freshet.schema.Syntax;
import dev.freshet.service.config.RedisSettings;
import dev.freshet.service.config.Settings;
import dev.freshet.service.config.Units;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.Sources;
import dev.freshet.sources.configuration.SourceSettings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the publisher.
 *
 * @param bus how changes are appended
 * @param http how they are taken in
 * @param regions the only regions that are taken; empty: any
 * @param queueMaximumBytes how many bytes all requests in flight may hold together
 * @param awaitTimeout how long to wait for members that apply a change or answer a dry run, unless the request says
 * @param awaitMaximumTimeout the longest wait that a request may ask for
 * @param metricsMaximumRegions how many regions get a label of their own in metrics; the others share one
 * @param sources databases and others that changes come from, beside HTTP
 * @param audit what is audited meanwhile
 * @param console the page for operators; null: there is none
 */
public record PublisherSettings(
        PublisherConfig bus,
        HttpSettings http,
        List<String> regions,
        long queueMaximumBytes,
        Duration awaitTimeout,
        Duration awaitMaximumTimeout,
        int metricsMaximumRegions,
        List<SourceConfig> sources,
        AuditSettings audit,
        @Nullable ConsoleSettings console) {

    private static final String DEFAULT_URI = "redis://127.0.0.1:6379";
    private static final long MEBIBYTE = 1 << 20;
    private static final Duration INSTANT = Duration.ofMillis(1);

    /** Reads all settings of the publisher. */
    public static PublisherSettings read(Settings settings) {
        Settings queue = settings.section("queue");
        PublisherConfig bus = readBus(settings, queue);
        Settings await = settings.section("await");
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
                "how long to wait for members if the request does not say");
        if (awaitTimeout.compareTo(awaitMaximum) > 0) {
            await.fault(
                    "timeout",
                    "must not be longer than await.maximum-timeout, " + Units.format(awaitMaximum) + ", but is "
                            + Units.format(awaitTimeout));
        }
        HttpSettings http = HttpSettings.read(settings.section("http"));
        long heapBytes = Runtime.getRuntime().maxMemory();
        long queueMaximumBytes = queue.bytes(
                "maximum-bytes",
                Math.max(MEBIBYTE, Math.min(64 * MEBIBYTE, wholeMebibytes(heapBytes / 8))),
                1 << 20,
                1L << 40,
                "how many bytes all requests in flight may hold together; more wait, or are refused");
        if (queueMaximumBytes > heapBytes / 2) {
            queue.fault(
                    "maximum-bytes",
                    "must be at most half of the heap, " + Units.formatBytes(wholeMebibytes(heapBytes / 2))
                            + "; give the process more (-Xmx)");
        }
        if (queueMaximumBytes < Math.max(http.maximumBodyBytes(), http.maximumLineBytes())) {
            queue.fault(
                    "maximum-bytes",
                    "must not be less than http.maximum-body, " + Units.formatBytes(http.maximumBodyBytes())
                            + ", and http.maximum-line, " + Units.formatBytes(http.maximumLineBytes()));
        }
        List<String> regions = settings.texts(
                "regions",
                "regions",
                region -> Syntax.faultInRegion(region).orElse(null),
                "the only regions that are taken; none given: any");
        int maximumLabels = settings.section("metrics")
                .integer(
                        "maximum-regions",
                        200,
                        1,
                        100_000,
                        "how many regions get a label of their own in metrics; the others share \"other\"");
        List<SourceConfig> sources = SourceSettings.read(settings, Sources.kinds());
        return new PublisherSettings(
                bus,
                http,
                regions,
                queueMaximumBytes,
                awaitTimeout,
                awaitMaximum,
                maximumLabels,
                sources,
                AuditSettings.read(settings, sources),
                ConsoleSettings.read(settings));
    }

    private static long wholeMebibytes(long bytes) {
        return bytes / MEBIBYTE * MEBIBYTE;
    }

    private static PublisherConfig readBus(Settings settings, Settings queue) {
        PublisherConfig defaults = PublisherConfig.of(DEFAULT_URI);
        Settings log = settings.section("log");
        Settings wait = settings.section("wait");
        Settings retention = settings.section("retention");
        Settings broad = settings.section("broad");
        return new PublisherConfig(
                RedisSettings.read(settings),
                settings.text(
                        "name",
                        defaults.name(),
                        "a text",
                        PublisherSettings::faultInName,
                        "this publisher's name, which its records carry as their origin"),
                log.number(
                        "maximum-records",
                        defaults.logMaximumRecords(),
                        1,
                        1_000_000_000,
                        "about how many records each region's log keeps"),
                log.bytes(
                        "maximum-bytes",
                        defaults.logMaximumBytes(),
                        Limits.MAX_BODY_BYTES,
                        1L << 40,
                        "about how many bytes of records each region's log keeps"),
                queue.integer(
                        "maximum-invalidations",
                        defaults.queueMaximumInvalidations(),
                        1,
                        10_000_000,
                        "how many keys, tags and prefixes may wait to be appended; more are refused"),
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
                        "how many bytes of acknowledged records are kept at most"),
                wait.integer(
                        "replicas",
                        defaults.waitReplicas(),
                        0,
                        100,
                        "how many replicas of Redis must acknowledge an append before it counts"),
                wait.duration(
                        "timeout",
                        defaults.waitTimeout(),
                        INSTANT,
                        Duration.ofMinutes(1),
                        "how long replicas may take to acknowledge"),
                broad.number(
                        "maximum-entries",
                        defaults.broadMaximumEntries(),
                        0,
                        1_000_000_000_000L,
                        "how many entries, over all subscribers, a change of tags, prefixes or all may evict; more are"
                                + " refused unless forced; 0: no limit"),
                broad.duration(
                        "timeout",
                        defaults.broadTimeout(),
                        INSTANT,
                        Duration.ofMinutes(1),
                        "how long subscribers may take to count those entries"),
                log.integer(
                        "maximum-regions",
                        defaults.maximumRegions(),
                        1,
                        1_000_000,
                        "how many regions there may be; a change of a further one is refused"),
                log.duration(
                        "expire-after",
                        Duration.ofDays(1),
                        Duration.ZERO,
                        Duration.ofDays(365),
                        "a region that nobody followed and nobody appended to for so long is removed from Redis; 0s: never"));
    }

    private static @Nullable String faultInName(String name) {
        int bytes = Syntax.utf8Bytes(name);
        if (bytes < 0) {
            return "must be well-formed UTF-8, but holds an unpaired surrogate";
        }
        return bytes <= Limits.MAX_ORIGIN_BYTES
                ? null
                : "must be at most " + Limits.MAX_ORIGIN_BYTES + " bytes of UTF-8, not " + bytes;
    }
}
