package dev.freshet.subscriber.metrics;

import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierStats;
import dev.freshet.bus.tier.TierStored;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.CachedRegionStats;
import dev.freshet.subscriber.region.RedisTiers;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** The meters of the regions' values in Redis. */
public final class TierMeters {

    private TierMeters() {}

    /** Registers the meters of these regions. */
    public static void bind(RedisTiers tiers, MeterRegistry registry) {
        tiers.tiers().forEach((name, tier) -> {
            CachedRegion<?> region = Objects.requireNonNull(tiers.regions().get(name));
            Gauge.builder("freshet.tier.evictions.pending", region, r -> r.stats()
                            .evictionsPending())
                    .description(
                            "Names whose eviction from the Redis tier is not confirmed, and which are not read there")
                    .tag("region", name)
                    .register(registry);
            counter(
                            "freshet.tier.eviction.retries",
                            "Evictions from the Redis tier that were repeated",
                            region,
                            CachedRegionStats::evictionRetries)
                    .register(registry);
            counter(
                            "freshet.tier.eviction.overflows",
                            "Evictions from the Redis tier without room to wait, so that the whole region is evicted there",
                            region,
                            CachedRegionStats::evictionOverflows)
                    .register(registry);
            counter(
                            "freshet.tier.codec.failures",
                            "Values of the Redis tier that could not be decoded or encoded",
                            region,
                            CachedRegionStats::codecFailures)
                    .register(registry);
            counter("freshet.tier.reads", "Reads of the region's values in Redis", tier, TierStats::hits)
                    .tag("result", "hit")
                    .register(registry);
            counter("freshet.tier.reads", "Reads of the region's values in Redis", tier, TierStats::misses)
                    .tag("result", "miss")
                    .register(registry);
            counter(
                            "freshet.tier.errors",
                            "Calls of the Redis tier that failed or were not answered in time",
                            tier,
                            TierStats::errors)
                    .register(registry);
            for (TierStored result : TierStored.values()) {
                counter("freshet.tier.stores", "Stores of the region's values in Redis", tier, stats -> stats.stores()
                                .getOrDefault(result, 0L))
                        .tag("result", result.label())
                        .register(registry);
            }
            FunctionTimer.builder(
                            "freshet.tier.call",
                            tier,
                            t -> t.stats().answered(),
                            t -> t.stats().answeredNanos(),
                            TimeUnit.NANOSECONDS)
                    .description("Time until Redis answered a call of the tier, with the wait for a connection")
                    .tag("region", name)
                    .register(registry);
        });
    }

    private static FunctionCounter.Builder<RedisTier.Region> counter(
            String name, String description, RedisTier.Region tier, ToDoubleFunction<TierStats> value) {
        return FunctionCounter.builder(name, tier, t -> value.applyAsDouble(t.stats()))
                .description(description)
                .tag("region", tier.region());
    }

    private static FunctionCounter.Builder<?> counter(
            String name, String description, CachedRegion<?> region, ToDoubleFunction<CachedRegionStats> value) {
        return FunctionCounter.builder(name, region, r -> value.applyAsDouble(r.stats()))
                .description(description)
                .tag("region", region.region());
    }
}
