package dev.freshet.subscriber.metrics;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.schema.Decoded;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Counts what the bus does, by region. The threads that evict call its listener methods, so these only add to numbers in memory;
 * a scrape reads the numbers.
 */
public final class BusMetrics implements SubscriberListener {

    private static final class Region {
        final StaleWindow staleWindow = new StaleWindow();
        final AtomicLong records = new AtomicLong();
        final AtomicLong invalidations = new AtomicLong();
        final AtomicLong replayedRecords = new AtomicLong();
        final AtomicLong duplicates = new AtomicLong();
        final AtomicLong gaps = new AtomicLong();
        final AtomicLong bufferOverflows = new AtomicLong();
        final Map<Decoded.Refusal, AtomicLong> refusals = countersOf(Decoded.Refusal.class);
        volatile double publisherClockErrorSeconds = Double.NaN;
    }

    private final Map<String, Region> regions;
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong disconnections = new AtomicLong();
    private final AtomicLong heartbeatFailures = new AtomicLong();

    /** Makes the counters of these regions. Every counter starts at 0, so that the first event shows as an increase. */
    public BusMetrics(Collection<String> regionNames) {
        regions = regionNames.stream().collect(Collectors.toUnmodifiableMap(name -> name, name -> new Region()));
    }

    /** Registers the counters and gauges with the registry, and the histogram with the collectors. */
    public void bindTo(MeterRegistry registry, PrometheusRegistry collectors) {
        regions.forEach((name, region) -> bind(name, region, registry));
        Map<String, StaleWindow> windows = regions.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().staleWindow));
        collectors.register(new StaleWindowCollector(windows));
        counter("freshet.connections", "Subscriptions that were established", this, m -> m.connections.get())
                .register(registry);
        counter(
                        "freshet.disconnections",
                        "Subscriptions that were lost or abandoned",
                        this,
                        m -> m.disconnections.get())
                .register(registry);
        counter("freshet.heartbeat.failures", "Heartbeats that failed", this, m -> m.heartbeatFailures.get())
                .register(registry);
    }

    private static void bind(String name, Region region, MeterRegistry registry) {
        counter("freshet.records", "Records that were applied", region, r -> r.records.get())
                .tag("region", name)
                .register(registry);
        counter("freshet.invalidations", "Invalidations that were applied", region, r -> r.invalidations.get())
                .tag("region", name)
                .register(registry);
        counter(
                        "freshet.replayed.records",
                        "Records that were missed live and read from the log",
                        region,
                        r -> r.replayedRecords.get())
                .tag("region", name)
                .register(registry);
        counter("freshet.duplicate.records", "Records that had already been applied", region, r -> r.duplicates.get())
                .tag("region", name)
                .register(registry);
        counter("freshet.gaps", "Gaps: times that records were missing", region, r -> r.gaps.get())
                .tag("region", name)
                .register(registry);
        counter(
                        "freshet.buffer.overflows",
                        "Times that more live records arrived during a replay than may be held",
                        region,
                        r -> r.bufferOverflows.get())
                .tag("region", name)
                .register(registry);
        region.refusals.forEach((refusal, count) -> counter(
                        "freshet.refused.records", "Records that could not be read", count, AtomicLong::get)
                .tag("region", name)
                .tag("reason", label(refusal))
                .register(registry));
        for (Stage stage : Stage.values()) {
            counter(
                            "freshet.negative.stages",
                            "Stages of the stale window that were negative and recorded as 0",
                            region.staleWindow.histogram(stage),
                            MicrosHistogram::negatives)
                    .tag("region", name)
                    .tag("stage", stage.label())
                    .register(registry);
        }
        Gauge.builder("freshet.publisher.clock.error", region, r -> r.publisherClockErrorSeconds)
                .description("Clock error that the publisher of the last record stated; NaN: unknown")
                .baseUnit("seconds")
                .tag("region", name)
                .register(registry);
    }

    @Override
    public void applied(
            String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
        Region counters = regions.get(region);
        if (counters == null) {
            return;
        }
        counters.records.incrementAndGet();
        counters.invalidations.addAndGet(record.body().invalidations().size());
        if (replayed) {
            counters.replayedRecords.incrementAndGet();
        }
        counters.staleWindow.record(record, receivedAtMicros, evictedAtMicros);
        OptionalLong errorMicros = record.body().clockErrorMicros();
        counters.publisherClockErrorSeconds = errorMicros.isPresent() ? errorMicros.getAsLong() / 1e6 : Double.NaN;
    }

    @Override
    public void duplicate(String region) {
        count(region, r -> r.duplicates);
    }

    @Override
    public void gap(String region) {
        count(region, r -> r.gaps);
    }

    @Override
    public void refused(String region, Decoded.Refusal refusal) {
        count(region, r -> r.refusals.get(refusal));
    }

    @Override
    public void bufferOverflowed(String region) {
        count(region, r -> r.bufferOverflows);
    }

    @Override
    public void connected(String node) {
        connections.incrementAndGet();
    }

    @Override
    public void disconnected(String node, String why) {
        disconnections.incrementAndGet();
    }

    @Override
    public void heartbeatFailed(String node, String why) {
        heartbeatFailures.incrementAndGet();
    }

    private void count(String region, Function<Region, @Nullable AtomicLong> which) {
        Region counters = regions.get(region);
        AtomicLong counter = counters == null ? null : which.apply(counters);
        if (counter != null) {
            counter.incrementAndGet();
        }
    }

    private static <T> FunctionCounter.Builder<T> counter(
            String name, String description, T source, ToDoubleFunction<T> value) {
        return FunctionCounter.builder(name, source, value).description(description);
    }

    private static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static <E extends Enum<E>> Map<E, AtomicLong> countersOf(Class<E> type) {
        Map<E, AtomicLong> counters = new EnumMap<>(type);
        for (E constant : type.getEnumConstants()) {
            counters.put(constant, new AtomicLong());
        }
        return counters;
    }
}
