package dev.freshet.e2e.faults;

import java.time.Duration;

/**
 * How much is read and how long faults last, where the fault itself does not say: little in the ordinary build, everything
 * with {@code -Dfreshet.faults=full}. The assertions are the same.
 *
 * @param entries how many each subscriber holds; the first half of them changes
 * @param heartbeat as configured
 * @param bound {@code unconfirmed.after}
 * @param faultTime how long a fault lasts: longer than the bound
 * @param leastHitsAFault how many hits are checked on each subscriber during each fault
 * @param leastHits how many hits are checked with one Redis in all
 */
record Size(
        String name,
        int entries,
        Duration heartbeat,
        Duration bound,
        Duration faultTime,
        int leastHitsAFault,
        long leastHits) {

    private static final Size SMALL = new Size(
            "small", 2_000, Duration.ofMillis(200), Duration.ofSeconds(1), Duration.ofMillis(1_500), 2_000, 80_000);

    /** The defaults of a subscriber. */
    private static final Size FULL = new Size(
            "full", 10_000, Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(5), 50_000, 1_000_000);

    /** The size that docs/FAULTS.md is measured with. */
    static Size full() {
        return FULL;
    }

    static Size chosen() {
        return System.getProperty("freshet.faults", "").equals("full") ? FULL : SMALL;
    }

    /** The configuration of a subscriber of this name, with one region. */
    String subscriberYaml(String subscriber, String region) {
        return """
                name: %s
                heartbeat: %dms
                regions: {%s: {maximum-entries: 100000, unconfirmed: {policy: bypass, after: %dms}}}
                """.formatted(subscriber, heartbeat.toMillis(), region, bound.toMillis());
    }
}
