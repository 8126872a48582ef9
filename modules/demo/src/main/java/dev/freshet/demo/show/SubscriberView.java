package dev.freshet.demo.show;

import java.time.Duration;

/**
 * What one subscriber told of itself, over all lives of its process: a process that starts again counts from zero again.
 * Used by one thread.
 */
final class SubscriberView {

    /** What is counted. Immutable. */
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
     * Takes in an answer to a scrape.
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

    /** Leaves the stale windows up to here out from now on. */
    void warmedUp() {
        warmUp = former.plus(current).staleWindow();
    }

    /** Nobody answered. */
    void silent() {
        state = "away";
    }

    Counts counts() {
        Counts all = former.plus(current);
        return new Counts(
                all.staleWindow().minus(warmUp), all.gaps(), all.resets(), all.refusedStores(), all.replayed());
    }

    /** confirmed, bypassed (every read is a miss until it is confirmed again), away, or starting. */
    String state() {
        return state;
    }
}
