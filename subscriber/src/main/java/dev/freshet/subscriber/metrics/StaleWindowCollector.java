package dev.freshet.subscriber.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Map;

/**
 * Exposes the stale windows of all regions as one Prometheus histogram.
 *
 * <p>It is not a Micrometer timer, because that would record five times for each invalidation on a contended path, and
 * Micrometer's registry does not accept a histogram that was counted elsewhere.
 */
final class StaleWindowCollector implements Collector {

    private static final String NAME = "freshet_stale_window_seconds";

    private static final double[] BOUNDS_SECONDS = MicrosHistogram.boundsSeconds();

    private final Map<String, StaleWindow> windows;

    /**
     * @param windows by region
     */
    StaleWindowCollector(Map<String, StaleWindow> windows) {
        this.windows = Map.copyOf(windows);
    }

    @Override
    public MetricSnapshot collect() {
        HistogramSnapshot.Builder snapshot = HistogramSnapshot.builder()
                .name(NAME)
                .help("Time from a change at its source to its eviction here, in stages, on the Redis clock");
        windows.forEach((region, window) -> {
            for (Stage stage : Stage.values()) {
                snapshot.dataPoint(dataPoint(region, stage, window.histogram(stage)));
            }
        });
        return snapshot.build();
    }

    private static HistogramDataPointSnapshot dataPoint(String region, Stage stage, MicrosHistogram histogram) {
        return HistogramDataPointSnapshot.builder()
                .labels(Labels.of("region", region, "stage", stage.label()))
                .classicHistogramBuckets(ClassicHistogramBuckets.of(BOUNDS_SECONDS, histogram.counts()))
                .sum(histogram.sumSeconds())
                .build();
    }
}
