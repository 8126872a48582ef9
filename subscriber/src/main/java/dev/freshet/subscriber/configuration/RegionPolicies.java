package dev.freshet.subscriber.configuration;

import dev.freshet.service.Settings;
import java.time.Duration;

/**
 * What a region may do beyond the plain promises; each is off unless it is asked for.
 *
 * @param resetSpread over how long the misses of a reset are spread; zero: they all come at once
 * @param evictAgainAfter after how long invalidations take effect once more; zero: never
 * @param maximumEvictAgain how many names are remembered for that
 * @param failSafe for how long after it stopped being valid a value may stand in for a load that failed; zero: never
 */
public record RegionPolicies(Duration resetSpread, Duration evictAgainAfter, int maximumEvictAgain, Duration failSafe) {

    /**
     * Reads them from a region's section.
     *
     * @param unconfirmedAfter the region's bound
     */
    static RegionPolicies read(Settings settings, Duration unconfirmedAfter) {
        Duration resetSpread = settings.duration(
                "reset-spread",
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofDays(1),
                "over how long the misses that follow a reset are spread; at most unconfirmed.after; 0s: they come at once");
        if (resetSpread.compareTo(unconfirmedAfter) > 0) {
            settings.fault("reset-spread", "must not exceed unconfirmed.after, which is the bound of what is served");
        }
        return new RegionPolicies(
                resetSpread,
                settings.duration(
                        "evict-again-after",
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofHours(1),
                        "after how long invalidations take effect once more, for loads from replicas that lag; 0s: never"),
                settings.integer(
                        "maximum-evict-again",
                        100_000,
                        1,
                        100_000_000,
                        "how many names are remembered for that; beyond it the whole region goes when they are due"),
                settings.duration(
                        "fail-safe",
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofDays(30),
                        "for how long a value that is no longer valid may stand in for a load that failed; 0s: never"));
    }
}
