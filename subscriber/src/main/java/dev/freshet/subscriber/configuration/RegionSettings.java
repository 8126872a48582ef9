package dev.freshet.subscriber.configuration;

import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.cache.UnleasedStores;
import dev.freshet.service.Settings;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How one region is kept.
 *
 * @param maximumEntries how many entries it holds at most; present exactly if {@code maximumBytes} is not
 * @param maximumBytes how many bytes its entries take at most
 * @param expireAfterWrite how long an entry is kept whose store said nothing; empty: until it is evicted
 * @param expireAfterAccess how long an entry is kept that nobody reads; empty: as long as any other
 * @param unconfirmedPolicy what reads get while the region is unconfirmed
 * @param unconfirmedAfter how old the confirmation may become before that is so
 * @param leaseTtl how long after a miss its store is kept
 * @param unleasedStores whether stores without a lease are kept
 * @param fenceRetention how long stores of a lower version than an invalidation named are refused
 * @param maximumLeases how many leases may be outstanding
 * @param maximumBroadInvalidations how many invalidated tags and prefixes are remembered
 * @param policies what is off by default
 * @param redisTier whether values are kept in Redis too
 */
public record RegionSettings(
        OptionalLong maximumEntries,
        OptionalLong maximumBytes,
        Optional<Duration> expireAfterWrite,
        Optional<Duration> expireAfterAccess,
        UnconfirmedPolicy unconfirmedPolicy,
        Duration unconfirmedAfter,
        Duration leaseTtl,
        UnleasedStores unleasedStores,
        Duration fenceRetention,
        int maximumLeases,
        int maximumBroadInvalidations,
        RegionPolicies policies,
        RedisTierSettings redisTier) {

    static final long DEFAULT_MAXIMUM_ENTRIES = 100_000;

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(3650);

    /**
     * Reads the section of one region.
     *
     * @param heartbeat how often the region can be confirmed at best
     */
    static RegionSettings read(Settings settings, Duration heartbeat) {
        OptionalLong entries = settings.optionalNumber(
                "maximum-entries",
                1,
                Long.MAX_VALUE,
                "how many entries it holds at most; " + DEFAULT_MAXIMUM_ENTRIES + " where no limit is given");
        OptionalLong bytes = settings.optionalBytes(
                "maximum-bytes", 1024, Long.MAX_VALUE, "how many bytes its entries take at most, instead");
        if (entries.isPresent() && bytes.isPresent()) {
            settings.fault("maximum-bytes", "must not be given together with maximum-entries");
        }
        Settings unconfirmed = settings.section("unconfirmed");
        Duration unconfirmedAfter = unconfirmed.duration(
                "after",
                Duration.ofSeconds(2),
                Duration.ofMillis(20),
                Duration.ofDays(1),
                "how old the last confirmation may become before the region is unconfirmed");
        if (unconfirmedAfter.compareTo(heartbeat.multipliedBy(2)) < 0) {
            unconfirmed.fault(
                    "after", "must be at least two heartbeats, or every late one leaves the region unconfirmed");
        }
        Optional<Duration> expireAfterWrite = settings.optionalDuration(
                "expire-after-write",
                SHORTEST,
                LONGEST,
                "how long an entry is kept whose store does not say; without it, until it is evicted");
        return new RegionSettings(
                entries.isEmpty() && bytes.isEmpty() ? OptionalLong.of(DEFAULT_MAXIMUM_ENTRIES) : entries,
                bytes,
                expireAfterWrite,
                settings.optionalDuration(
                        "expire-after-access", SHORTEST, LONGEST, "how long an entry is kept that nobody reads"),
                unconfirmed.choice("policy", UnconfirmedPolicy.SERVE, "what reads get while the region is unconfirmed"),
                unconfirmedAfter,
                settings.duration(
                        "lease-ttl",
                        Duration.ofSeconds(10),
                        SHORTEST,
                        Duration.ofHours(1),
                        "how long after a miss its store is kept"),
                settings.choice(
                        "unleased-stores",
                        UnleasedStores.REFUSE,
                        "whether a store without a lease is kept; accept waives that nothing outdated comes back"),
                settings.duration(
                        "fence-retention",
                        Duration.ofSeconds(60),
                        SHORTEST,
                        Duration.ofHours(1),
                        "how long after an invalidation with a version stores of a lower one are refused"),
                settings.integer(
                        "maximum-leases",
                        100_000,
                        1,
                        100_000_000,
                        "how many leases may be outstanding; beyond it older ones end early"),
                settings.integer(
                        "maximum-broad-invalidations",
                        65_536,
                        1,
                        100_000_000,
                        "how many invalidated tags and prefixes are remembered; beyond it the region is reset"),
                RegionPolicies.read(settings, unconfirmedAfter, expireAfterWrite),
                RedisTierSettings.read(settings.section("redis-tier")));
    }
}
