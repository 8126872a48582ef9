package dev.freshet.publisher.metrics;

import dev.freshet.sources.SourceListener;
import dev.freshet.sources.Sources;
import dev.freshet.sources.rules.TableName;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what sources do; there are few of them, and they are configured, so their names may be labels. */
public final class SourceMetrics implements SourceListener {

    private final MeterRegistry registry;
    private final Map<String, AtomicInteger> pending = new ConcurrentHashMap<>();

    public SourceMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Adds what is read from the sources themselves. */
    public void watch(Sources sources) {
        for (String name : sources.names()) {
            Gauge.builder("freshet.source.up", sources, all -> all.fault(name) == null ? 1 : 0)
                    .description("1 while the source reads and publishes, else 0")
                    .tag("source", name)
                    .register(registry);
            Gauge.builder("freshet.source.clock.error.seconds", sources, all -> clockErrorSeconds(all, name))
                    .description("How far the estimate of the source's clock may be off; NaN while unknown")
                    .tag("source", name)
                    .register(registry);
        }
    }

    private static double clockErrorSeconds(Sources sources, String name) {
        return sources.clockErrorMicros(name).isPresent()
                ? sources.clockErrorMicros(name).orElseThrow() / 1e6
                : Double.NaN;
    }

    @Override
    public void published(String source, int changes) {
        count("freshet.source.changes", "Changes that a source published and that were acknowledged", source, changes);
    }

    @Override
    public void retried(String source, int changes) {
        count("freshet.source.retries", "Changes that were not acknowledged and go again", source, changes);
    }

    @Override
    public void failed(String source) {
        count("freshet.source.failures", "How often a source failed and was started anew", source, 1);
    }

    @Override
    public void quarantined(String source, int rows) {
        count(
                "freshet.source.quarantined",
                "Rows of an outbox that could not be read and were put aside",
                source,
                rows);
    }

    @Override
    public void unmapped(String source, TableName table) {
        count("freshet.source.unmapped", "Changed rows of tables that no rule is about", source, 1);
    }

    @Override
    public void broadened(String source, String region) {
        count("freshet.source.broadened", "Rules that could not say what to invalidate, and took all", source, 1);
    }

    @Override
    public void regionReset(String source, String region) {
        count("freshet.source.resets", "Regions invalidated as a whole because changes may be missing", source, 1);
    }

    @Override
    public void gap(String source, Gap why) {
        Counter.builder("freshet.source.gaps")
                .description("How often changes may have been missed where nobody keeps them, by why")
                .tag("source", source)
                .tag("reason", why.name().toLowerCase(Locale.ROOT))
                .register(registry)
                .increment();
    }

    @Override
    public void visibilityWaited(String source, Duration waited) {
        Timer.builder("freshet.source.visibility.wait")
                .description("How long batches waited until the database's readers saw their changes")
                .tag("source", source)
                .register(registry)
                .record(waited);
    }

    @Override
    public void pending(String source, int names) {
        pending.computeIfAbsent(source, this::pendingGauge).set(names);
    }

    private AtomicInteger pendingGauge(String source) {
        AtomicInteger names = new AtomicInteger();
        Gauge.builder("freshet.source.pending", names, AtomicInteger::get)
                .description("Names that wait to be published; bounded by maximum-pending for each region")
                .tag("source", source)
                .register(registry);
        return names;
    }

    private void count(String name, String description, String source, int amount) {
        Counter.builder(name)
                .description(description)
                .tag("source", source)
                .register(registry)
                .increment(amount);
    }
}
