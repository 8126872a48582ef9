package dev.freshet.demo.show;

import java.time.Duration;

/**
 * What one subscriber reported, over all starts of its process. A restarted process counts from zero again. Used by one thread.
 */
final class SubscriberView {

    /** The counters of a subscriber. Immutable. */
    record Counts(StaleWindow staleWindow, double gaps, double resets, double refusedStores, double replayed) {

        static final Counts NONE = new Counts(StaleWindow.NONE, 0, 0, 0, 0);

        static Counts of(PrometheusText metrics, String region) {
            return new Counts(
                    StaleWindow.of(metrics, region),
                    metrics.sum("freshet_gaps_total", "region", region),
                    metrics.sum("freshet_resets_total", "region", region),
                    metrics.sum("freshet_store_refused_total", "region", region),
                    metrics.sum("freshet_replayed_records_total", "region", region));
        }

        Counts plus(Counts other) {
            return new Counts(
                    staleWindow.plus(other.staleWindow),
                    gaps + other.gaps,
                    resets + other.resets,
                    refusedStores + other.refusedStores,
                    replayed + other.replayed);
        }
    }

    private final String region;
    private final Duration bound;
    private Counts former = Counts.NONE;
    private Counts current = Counts.NONE;
    private StaleWindow warmUp = StaleWindow.NONE;
    private int life;
    private String state = "starting";

    SubscriberView(String region, Duration bound) {
        this.region = region;
        this.bound = bound;
    }

    /**
     * Adds the answer of a scrape.
     *
     * @param life the number of the process's start
     */
    void scraped(PrometheusText metrics, int life) {
        Counts counts = Counts.of(metrics, region);
        if (life != this.life) {
            former = former.plus(current);
            this.life = life;
        }
        current = counts;
        double unconfirmedSeconds = metrics.sum("freshet_unconfirmed_seconds", "region", region);
        state = unconfirmedSeconds * 1e3 <= bound.toMillis() ? "confirmed" : "bypassed";
    }

    /** Excludes the stale windows up to now. */
    void warmedUp() {
        warmUp = former.plus(current).staleWindow();
    }

    /** Notes that the subscriber did not answer. */
    void silent() {
        state = "away";
    }

    Counts counts() {
        Counts all = former.plus(current);
        return new Counts(
                all.staleWindow().minus(warmUp), all.gaps(), all.resets(), all.refusedStores(), all.replayed());
    }

    /** Returns confirmed, bypassed (every read is a miss until it is confirmed), away (no answer) or starting. */
    String state() {
        return state;
    }
}
