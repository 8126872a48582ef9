package dev.freshet.subscriber.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Map;

/**
 * Shows the stale windows of all regions as one Prometheus histogram. Not a Micrometer timer: that one takes a lock-free
 * but contended path of five recordings for each invalidation, and its registry hands no histogram of ours through.
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
                .help("From a change at its source to its eviction here, and each stage of that, on the Redis clock");
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
