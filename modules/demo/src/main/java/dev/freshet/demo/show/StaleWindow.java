package dev.freshet.demo.show;

import dev.freshet.demo.show.PrometheusText.Sample;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A histogram of stale windows, from a subscriber's buckets. Immutable.
 *
 * @param countByBoundSeconds the number of windows in each bucket, by the bucket's upper bound in seconds
 */
record StaleWindow(NavigableMap<Double, Double> countByBoundSeconds) {

    static final StaleWindow NONE = new StaleWindow(new TreeMap<>());

    private static final String METRIC = "freshet_stale_window_seconds";

    /** Reads a region's histogram of the whole stale window, from the change to the eviction. */
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

    /** Returns the sum of both histograms. */
    StaleWindow plus(StaleWindow other) {
        NavigableMap<Double, Double> sum = new TreeMap<>(countByBoundSeconds);
        other.countByBoundSeconds.forEach((bound, count) -> sum.merge(bound, count, Double::sum));
        return new StaleWindow(sum);
    }

    /** Returns what was added since an earlier histogram. */
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

    /** Returns the bound of the bucket within which this share of the windows closed; NaN if there are none. */
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
