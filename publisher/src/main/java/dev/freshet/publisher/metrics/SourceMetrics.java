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
import org.jspecify.annotations.Nullable;

/**
 * Counts what sources do. Their names are labels, because the configuration bounds how many there are. Safe to use from any thread.
 */
public final class SourceMetrics implements SourceListener {

    private static final String FAILURES = "Times that a source failed and was started again";
    private static final String BROADENED =
            "Times that a rule could not say what to invalidate, so that more was invalidated";
    private static final String RESETS = "Regions invalidated as a whole because changes may be missing";
    private static final String UNRELAYED =
            "Times that invalidations could not be said as messages, so that applications keep what these concern";
    /** A source without progress for longer is not up. */
    private static final double STALLED_SECONDS = 60;

    private final MeterRegistry registry;
    private final Map<String, Progress> progress = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> pending = new ConcurrentHashMap<>();

    public SourceMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Registers the gauges that ask the sources themselves. */
    public void watch(Sources sources) {
        for (String name : sources.names()) {
            atZero(name);
            Gauge.builder("freshet.source.up", sources, all -> all.fault(name) == null && isProgressing(name) ? 1 : 0)
                    .description("1 while the source reads, publishes and makes progress, else 0")
                    .tag("source", name)
                    .register(registry);
            Gauge.builder("freshet.source.clock.error.seconds", sources, all -> clockErrorSeconds(all, name))
                    .description("By how much the estimate of the source's clock may be wrong; NaN while unknown")
                    .tag("source", name)
                    .register(registry);
        }
    }

    /** Registers what alerts watch: an increase from nothing is none. */
    private void atZero(String source) {
        published(source, 0);
        retried(source, 0);
        count("freshet.source.failures", FAILURES, source, 0);
        count("freshet.source.broadened", BROADENED, source, 0);
        count("freshet.source.resets", RESETS, source, 0);
        count("freshet.source.unrelayed", UNRELAYED, source, 0);
        for (Rejection why : Rejection.values()) {
            rejected(source, why, 0);
        }
        for (Gap why : Gap.values()) {
            gap(source, why, 0);
        }
    }

    /** How far a source is behind its database's log. */
    private static final class Progress {
        private volatile long bytes;
        private volatile double seconds;
        private volatile long nanos = System.nanoTime();

        double ageSeconds() {
            return (System.nanoTime() - nanos) / 1e9;
        }
    }

    /** Sources that follow no log report no progress. */
    private boolean isProgressing(String source) {
        Progress known = progress.get(source);
        return known == null || known.ageSeconds() < STALLED_SECONDS;
    }

    /**
     * How far a source is behind its database's log.
     *
     * @param bytes what it has not acknowledged
     * @param seconds the age of the oldest of that
     * @param progressAgeSeconds since when it made no progress
     */
    public record Behind(long bytes, double seconds, double progressAgeSeconds) {}

    /** Returns how far a source is behind; null if it follows no log, or has not reported yet. */
    public @Nullable Behind behind(String source) {
        Progress known = progress.get(source);
        return known == null ? null : new Behind(known.bytes, known.seconds, known.ageSeconds());
    }

    private Progress progressOf(String source) {
        return progress.computeIfAbsent(source, name -> {
            Progress known = new Progress();
            Gauge.builder("freshet.source.lag.bytes", known, one -> one.bytes)
                    .description("Bytes of the database's log that the source has not acknowledged")
                    .tag("source", name)
                    .register(registry);
            Gauge.builder("freshet.source.lag.seconds", known, one -> one.seconds)
                    .description("Age of the oldest end of the database's log that the source has not acknowledged")
                    .tag("source", name)
                    .register(registry);
            Gauge.builder("freshet.source.progress.age.seconds", known, Progress::ageSeconds)
                    .description(
                            "Time since the source last made progress in the database's log, or had read all of it")
                    .tag("source", name)
                    .register(registry);
            return known;
        });
    }

    @Override
    public void lag(String source, long bytes, Duration behind) {
        Progress known = progressOf(source);
        known.bytes = bytes;
        known.seconds = behind.toNanos() / 1e9;
    }

    @Override
    public void progressed(String source) {
        progressOf(source).nanos = System.nanoTime();
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
        count("freshet.source.failures", FAILURES, source, 1);
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
        count("freshet.source.broadened", BROADENED, source, 1);
    }

    @Override
    public void regionReset(String source, String region) {
        count("freshet.source.resets", RESETS, source, 1);
    }

    @Override
    public void gap(String source, Gap why) {
        gap(source, why, 1);
    }

    private void gap(String source, Gap why, int amount) {
        Counter.builder("freshet.source.gaps")
                .description("Times that changes may have been missed because nobody keeps them, by reason")
                .tag("source", source)
                .tag("reason", why.name().toLowerCase(Locale.ROOT))
                .register(registry)
                .increment(amount);
    }

    @Override
    public void rejected(String source, Rejection why) {
        rejected(source, why, 1);
    }

    private void rejected(String source, Rejection why, int amount) {
        Counter.builder("freshet.source.rejected")
                .description("Messages that a source did not understand, or not whole, by reason")
                .tag("source", source)
                .tag("reason", why.name().toLowerCase(Locale.ROOT))
                .register(registry)
                .increment(amount);
    }

    @Override
    public void relayed(String source, int messages) {
        count("freshet.source.relayed", "Messages that a source published for invalidations", source, messages);
    }

    @Override
    public void unrelayed(String source, String region) {
        count("freshet.source.unrelayed", UNRELAYED, source, 1);
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
