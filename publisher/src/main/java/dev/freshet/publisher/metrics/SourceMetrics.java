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

/**
 * Counts what sources do. Their names are labels, because the configuration bounds how many there are. Safe to use from any thread.
 */
public final class SourceMetrics implements SourceListener {

    private final MeterRegistry registry;
    private final Map<String, AtomicInteger> pending = new ConcurrentHashMap<>();

    public SourceMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Registers the gauges that ask the sources themselves. */
    public void watch(Sources sources) {
        for (String name : sources.names()) {
            Gauge.builder("freshet.source.up", sources, all -> all.fault(name) == null ? 1 : 0)
                    .description("1 while the source reads and publishes, else 0")
                    .tag("source", name)
                    .register(registry);
            Gauge.builder("freshet.source.clock.error.seconds", sources, all -> clockErrorSeconds(all, name))
                    .description("By how much the estimate of the source's clock may be wrong; NaN while unknown")
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
        count("freshet.source.retries", "Changes that were not acknowledged and are published again", source, changes);
    }

    @Override
    public void failed(String source) {
        count("freshet.source.failures", "Times that a source failed and was started again", source, 1);
    }

    @Override
    public void quarantined(String source, int rows) {
        count(
                "freshet.source.quarantined",
                "Rows of an outbox that could not be read and were moved aside",
                source,
                rows);
    }

    @Override
    public void unmapped(String source, TableName table) {
        count("freshet.source.unmapped", "Changed rows of tables that have no rule", source, 1);
    }

    @Override
    public void broadened(String source, String region) {
        count(
                "freshet.source.broadened",
                "Times that a rule could not say what to invalidate, so that its whole region was invalidated",
                source,
                1);
    }

    @Override
    public void regionReset(String source, String region) {
        count("freshet.source.resets", "Regions invalidated as a whole because changes may be missing", source, 1);
    }

    @Override
    public void gap(String source, Gap why) {
        Counter.builder("freshet.source.gaps")
                .description("Times that changes may have been missed because nobody keeps them, by reason")
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
