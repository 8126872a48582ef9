package dev.freshet.demo.show;

import dev.freshet.demo.show.PrometheusText.Sample;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A histogram of stale windows, as a subscriber's buckets tell it. Immutable.
 *
 * @param countByBoundSeconds how many were at most so long, but longer than the bound before
 */
record StaleWindow(NavigableMap<Double, Double> countByBoundSeconds) {

    static final StaleWindow NONE = new StaleWindow(new TreeMap<>());

    private static final String METRIC = "freshet_stale_window_seconds";

    /** Reads a region's whole stale window, from the change to the eviction. */
    static StaleWindow of(PrometheusText metrics, String region) {
        NavigableMap<Double, Double> cumulative = new TreeMap<>();
        for (Sample sample : metrics.samples()) {
            Map<String, String> labels = sample.labels();
            if (!region.equals(labels.get("region")) || !"total".equals(labels.get("stage"))) {
                continue;
            }
            if (sample.name().equals(METRIC + "_bucket")) {
                String bound = labels.getOrDefault("le", "+Inf");
                cumulative.put(
                        bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound), sample.value());
            }
        }
        NavigableMap<Double, Double> counts = new TreeMap<>();
        double before = 0;
        for (Map.Entry<Double, Double> bucket : cumulative.entrySet()) {
            if (bucket.getValue() > before) {
                counts.put(bucket.getKey(), bucket.getValue() - before);
                before = bucket.getValue();
            }
        }
        return new StaleWindow(counts);
    }

    /** Both together. */
    StaleWindow plus(StaleWindow other) {
        NavigableMap<Double, Double> sum = new TreeMap<>(countByBoundSeconds);
        other.countByBoundSeconds.forEach((bound, count) -> sum.merge(bound, count, Double::sum));
        return new StaleWindow(sum);
    }

    /** What was added since an earlier moment. */
    StaleWindow minus(StaleWindow earlier) {
        NavigableMap<Double, Double> rest = new TreeMap<>(countByBoundSeconds);
        earlier.countByBoundSeconds.forEach(
                (bound, count) -> rest.computeIfPresent(bound, (b, all) -> all > count ? all - count : null));
        return new StaleWindow(rest);
    }

    double count() {
        return countByBoundSeconds.values().stream()
                .mapToDouble(Double::doubleValue)
                .sum();
    }

    /** A time within which this share of the windows closed: the bound of the bucket. NaN without any. */
    double quantileSeconds(double share) {
        double rank = share * count();
        double seen = 0;
        for (Map.Entry<Double, Double> bucket : countByBoundSeconds.entrySet()) {
            seen += bucket.getValue();
            if (seen >= rank) {
                return bucket.getKey();
            }
        }
        return Double.NaN;
    }
}
