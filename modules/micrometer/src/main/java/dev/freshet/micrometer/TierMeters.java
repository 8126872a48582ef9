package dev.freshet.micrometer;

import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierStats;
import dev.freshet.bus.tier.TierStored;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.CachedRegionStats;
import java.util.function.ToLongFunction;

/** The meters of one region's values in Redis. */
final class TierMeters {

    private final CachedRegion<?> region;
    private final RedisTier.Region tier;
    private final MeterGroup meters;

    private TierMeters(CachedRegion<?> region, RedisTier.Region tier, MeterGroup meters) {
        this.region = region;
        this.tier = tier;
        this.meters = meters;
    }

    /** @param meters have the region's label */
    static void register(CachedRegion<?> region, RedisTier.Region tier, MeterGroup meters) {
        TierMeters all = new TierMeters(region, tier, meters);
        all.registerCalls();
        all.registerEvictions();
    }

    private void registerCalls() {
        String reads = "Reads of the region's values in Redis";
        called("freshet.tier.reads", reads, TierStats::hits, "result", "hit");
        called("freshet.tier.reads", reads, TierStats::misses, "result", "miss");
        called(
                "freshet.tier.errors",
                "Calls of the Redis tier that failed or were not answered in time",
                TierStats::errors);
        called(
                "freshet.tier.bad.signatures",
                "Values of the Redis tier that were not signed with one of the keys, and so not used",
                TierStats::badSignatures);
        for (TierStored result : TierStored.values()) {
            called(
                    "freshet.tier.stores",
                    "Stores of the region's values in Redis",
                    stats -> stats.stores().getOrDefault(result, 0L),
                    "result",
                    result.label());
        }
        meters.functionTimer(
                "freshet.tier.call",
                "Time until Redis answered a call of the tier, with the wait for a connection",
                region,
                asked -> tier.stats().answered(),
                asked -> tier.stats().answeredNanos());
        between(
                "freshet.tier.loads.spared",
                "Loads that took what another replica was loading",
                CachedRegionStats::loadsSpared);
        between(
                "freshet.tier.loads.awaited.in.vain",
                "Loads that began because another replica's load brought no value in time",
                CachedRegionStats::loadsAwaitedInVain);
        between(
                "freshet.tier.codec.failures",
                "Values of the Redis tier that could not be decoded or encoded",
                CachedRegionStats::codecFailures);
    }

    private void registerEvictions() {
        meters.gauge(
                "freshet.tier.evictions.pending",
                "Names whose eviction from the Redis tier is not confirmed, and which are not read there",
                null,
                region,
                asked -> asked.stats().evictionsPending());
        between(
                "freshet.tier.eviction.retries",
                "Evictions from the Redis tier that were repeated",
                CachedRegionStats::evictionRetries);
        between(
                "freshet.tier.eviction.overflows",
                "Evictions from the Redis tier without room to wait, so that the whole region is evicted there",
                CachedRegionStats::evictionOverflows);
    }

    private void called(String name, String description, ToLongFunction<TierStats> value, String... keysAndValues) {
        // Nobody else may hold the tier, which a meter would not keep from being collected as its source.
        meters.counter(name, description, region, asked -> value.applyAsLong(tier.stats()), keysAndValues);
    }

    private void between(String name, String description, ToLongFunction<CachedRegionStats> value) {
        meters.counter(name, description, region, asked -> value.applyAsLong(asked.stats()));
    }
}
