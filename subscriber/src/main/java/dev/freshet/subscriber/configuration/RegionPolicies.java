package dev.freshet.subscriber.configuration;

import dev.freshet.service.config.Settings;
import dev.freshet.service.config.Units;
import java.time.Duration;
import java.util.Optional;

/**
 * The options of a region. Each is off by default. {@code docs/CACHE.md} explains them.
 *
 * @param resetSpread over how long the misses after a reset are spread; zero: all entries are misses at once
 * @param evictAgainAfter after how long an invalidation takes effect again; zero: never
 * @param maximumEvictAgain how many names may wait for their second eviction
 * @param failSafe for how long after it stopped being valid a value may replace a load that failed; zero: never
 * @param refreshAfterWrite after how long one reader of a hit is asked to load it anew; zero: never
 * @param refreshJitter by which part of {@code refreshAfterWrite} an entry may be due earlier, from 0 to 1
 * @param maximumLoadWaiters how many reads may wait for other loads
 */
public record RegionPolicies(
        Duration resetSpread,
        Duration evictAgainAfter,
        int maximumEvictAgain,
        Duration failSafe,
        Duration refreshAfterWrite,
        double refreshJitter,
        int maximumLoadWaiters) {

    /**
     * Reads the options from a region's section.
     *
     * @param unconfirmedAfter the region's bound
     * @param expireAfterWrite how long the region keeps entries, if that is limited
     */
    static RegionPolicies read(Settings settings, Duration unconfirmedAfter, Optional<Duration> expireAfterWrite) {
        Duration resetSpread = settings.duration(
                "reset-spread",
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofDays(1),
                "over how long the misses after a reset are spread; at most unconfirmed.after; 0s: all at once");
        if (resetSpread.compareTo(unconfirmedAfter) > 0) {
            settings.fault(
                    "reset-spread",
                    "must not exceed unconfirmed.after, " + Units.format(unconfirmedAfter)
                            + ": no entry is served beyond it");
        }
        Duration refreshAfterWrite = settings.duration(
                "refresh-after-write",
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofDays(3650),
                "after how long in the cache one reader of a hit is asked to load it anew; 0s: never");
        if (expireAfterWrite.isPresent() && refreshAfterWrite.compareTo(expireAfterWrite.get()) >= 0) {
            settings.fault(
                    "refresh-after-write",
                    "must be shorter than expire-after-write, " + Units.format(expireAfterWrite.get())
                            + ": entries end before they are refreshed");
        }
        return new RegionPolicies(
                resetSpread,
                settings.duration(
                        "evict-again-after",
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofHours(1),
                        "after how long an invalidation takes effect again, for loads from replicas that lag; 0s: never"),
                settings.integer(
                        "maximum-evict-again",
                        100_000,
                        1,
                        100_000_000,
                        "how many names may wait for their second eviction; beyond it the whole region is evicted when due"),
                settings.duration(
                        "fail-safe",
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofDays(30),
                        "for how long after it stopped being valid a value may replace a load that failed; 0s: never"),
                refreshAfterWrite,
                settings.part(
                        "refresh-jitter",
                        0.1,
                        "by which part of refresh-after-write an entry may be due earlier, each entry by another"),
                settings.integer(
                        "maximum-load-waiters",
                        1_000,
                        1,
                        1_000_000,
                        "how many reads with Prefer: wait may wait for other loads; more are answered at once"));
    }
}
