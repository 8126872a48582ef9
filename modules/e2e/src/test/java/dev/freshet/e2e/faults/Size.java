package dev.freshet.e2e.faults;

import java.time.Duration;

/**
 * How much is read and how long faults last, unless the fault itself says so. The ordinary build uses the small size;
 * {@code -Dfreshet.faults=full} uses the full one. Both check the same promises.
 *
 * @param entries how many entries each subscriber holds; the first half of them changes
 * @param heartbeat the subscribers' setting {@code heartbeat}
 * @param bound the region's setting {@code unconfirmed.after}
 * @param faultTime how long a fault lasts: longer than the bound
 * @param partitionTime how long a publisher is alone with the old master; full, longer than it keeps what was acknowledged
 * @param minHitsAFault how many hits are checked on each subscriber during each fault
 * @param minHits how many hits are checked with one Redis in all
 */
record Size(
        String name,
        int entries,
        Duration heartbeat,
        Duration bound,
        Duration faultTime,
        Duration partitionTime,
        int minHitsAFault,
        long minHits) {

    private static final Size SMALL = new Size(
            "small",
            2_000,
            Duration.ofMillis(200),
            Duration.ofSeconds(1),
            Duration.ofMillis(1_500),
            Duration.ofSeconds(3),
            2_000,
            80_000);

    /** The defaults of a subscriber. */
    private static final Size FULL = new Size(
            "full",
            10_000,
            Duration.ofMillis(500),
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            Duration.ofSeconds(65),
            50_000,
            1_000_000);

    /** The size that docs/FAULTS.md is measured with. */
    static Size full() {
        return FULL;
    }

    static Size chosen() {
        return System.getProperty("freshet.faults", "").equals("full") ? FULL : SMALL;
    }

    /** Returns the configuration of a subscriber with one region. */
    String subscriberYaml(String subscriber, String region) {
        return """
                name: %s
                heartbeat: %dms
                regions: {%s: {maximum-entries: 100000, unconfirmed: {policy: bypass, after: %dms}}}
                """.formatted(subscriber, heartbeat.toMillis(), region, bound.toMillis());
    }
}
