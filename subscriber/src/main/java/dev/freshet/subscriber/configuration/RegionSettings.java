package dev.freshet.subscriber.configuration;

import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.cache.UnleasedStores;
import dev.freshet.service.config.Settings;
import dev.freshet.service.config.Units;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The settings of one region.
 *
 * @param maximumEntries how many entries the region holds at most; empty: as many as its bytes hold
 * @param maximumBytes how many bytes its entries take at most; empty: its share of the heap
 * @param expireAfterWrite how long an entry is kept whose store gave no time; empty: until it is evicted
 * @param expireAfterAccess how long an entry is kept that nobody reads; empty: no such limit
 * @param unconfirmedPolicy what reads get while the region is unconfirmed
 * @param unconfirmedAfter the bound: the region is unconfirmed while its last confirmation is older
 * @param leaseTtl how long after a miss a store under its lease is accepted
 * @param unleasedStores whether stores without a lease are accepted
 * @param fenceRetention how long after an invalidation with a version stores of lower versions are refused
 * @param maximumLeases how many leases may be outstanding
 * @param maximumBroadInvalidations how many invalidated tags and prefixes are remembered
 * @param policies the options, which are off by default
 * @param redisTier the region's values in Redis
 * @param isFilledByResp whether its entries are copies of keys in Redis, which the RESP port keeps
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
        RedisTierSettings redisTier,
        boolean isFilledByResp) {

    static final long DEFAULT_MAXIMUM_ENTRIES = 100_000;

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(3650);

    /**
     * Reads the section of one region.
     *
     * @param heartbeat how often the region is confirmed
     * @param isFilledByResp whether its entries are copies of keys in Redis
     */
    static RegionSettings read(Settings settings, Duration heartbeat, boolean isFilledByResp) {
        OptionalLong entries = settings.optionalNumber(
                "maximum-entries",
                1,
                Long.MAX_VALUE,
                "how many entries the region holds at most; " + DEFAULT_MAXIMUM_ENTRIES + " if no limit is given");
        OptionalLong bytes = settings.optionalBytes(
                "maximum-bytes",
                1024,
                Long.MAX_VALUE,
                "how many bytes the entries take at most; by default, the regions share half of the heap");
        Settings unconfirmed = settings.section("unconfirmed");
        Duration unconfirmedAfter = unconfirmed.duration(
                "after",
                Duration.ofSeconds(2),
                Duration.ofMillis(20),
                Duration.ofDays(1),
                "how old the last confirmation may be before the region is unconfirmed");
        if (unconfirmedAfter.compareTo(heartbeat.multipliedBy(2)) < 0) {
            unconfirmed.fault(
                    "after",
                    "must be at least two heartbeats, " + Units.format(heartbeat.multipliedBy(2))
                            + ", or each late heartbeat leaves the region unconfirmed");
        }
        Optional<Duration> expireAfterWrite = settings.optionalDuration(
                "expire-after-write",
                SHORTEST,
                LONGEST,
                "how long an entry is kept whose store gives no time; without it, until it is evicted");
        return new RegionSettings(
                        entries.isEmpty() && bytes.isEmpty() ? OptionalLong.of(DEFAULT_MAXIMUM_ENTRIES) : entries,
                        bytes,
                        expireAfterWrite,
                        settings.optionalDuration(
                                "expire-after-access",
                                SHORTEST,
                                LONGEST,
                                "how long an entry is kept that nobody reads"),
                        unconfirmed.choice(
                                "policy",
                                isFilledByResp ? UnconfirmedPolicy.BYPASS : UnconfirmedPolicy.SERVE,
                                "what reads get while the region is unconfirmed; bypass by default if a rule of resp names the region"),
                        unconfirmedAfter,
                        settings.duration(
                                "lease-ttl",
                                Duration.ofSeconds(10),
                                SHORTEST,
                                Duration.ofHours(1),
                                "how long after a miss a store under its lease is accepted"),
                        settings.choice(
                                "unleased-stores",
                                UnleasedStores.REFUSE,
                                "whether a store without a lease is accepted; accept gives up that nothing outdated comes back"),
                        settings.duration(
                                "fence-retention",
                                Duration.ofSeconds(60),
                                SHORTEST,
                                Duration.ofHours(1),
                                "how long after an invalidation with a version stores of lower versions are refused"),
                        settings.integer(
                                "maximum-leases",
                                100_000,
                                1,
                                100_000_000,
                                "how many leases may be outstanding; beyond it the oldest end early"),
                        settings.integer(
                                "maximum-broad-invalidations",
                                65_536,
                                1,
                                100_000_000,
                                "how many invalidated tags and prefixes are remembered; beyond it the region is reset"),
                        RegionPolicies.read(settings, unconfirmedAfter, expireAfterWrite),
                        RedisTierSettings.read(settings.section("redis-tier")),
                        isFilledByResp)
                .checked(settings);
    }

    /** A copy comes from Redis, and only under a lease that was taken before Redis was asked. */
    private RegionSettings checked(Settings settings) {
        if (isFilledByResp && redisTier.isEnabled()) {
            settings.fault(
                    "redis-tier",
                    "must not be enabled, since a rule of resp names the region: its values are in Redis");
        }
        if (isFilledByResp && unleasedStores == UnleasedStores.ACCEPT) {
            settings.fault(
                    "unleased-stores", "must be refuse, since a rule of resp names the region: only its port stores");
        }
        return this;
    }

    /** Returns these settings with a limit by bytes, unless there is one. */
    RegionSettings orMaximumBytes(long bytes) {
        return maximumBytes.isPresent()
                ? this
                : new RegionSettings(
                        maximumEntries,
                        OptionalLong.of(bytes),
                        expireAfterWrite,
                        expireAfterAccess,
                        unconfirmedPolicy,
                        unconfirmedAfter,
                        leaseTtl,
                        unleasedStores,
                        fenceRetention,
                        maximumLeases,
                        maximumBroadInvalidations,
                        policies,
                        redisTier,
                        isFilledByResp);
    }
}
