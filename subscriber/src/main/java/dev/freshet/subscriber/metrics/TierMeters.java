package dev.freshet.subscriber.metrics;

import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierStats;
import dev.freshet.bus.tier.TierStored;
import dev.freshet.cache.CachedRegion;
import dev.freshet.subscriber.region.RedisTiers;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
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
            FunctionCounter.builder(
                            "freshet.tier.codec.failures",
                            Objects.requireNonNull(tiers.regions().get(name)),
                            CachedRegion::codecFailures)
                    .description("Values of the Redis tier that could not be decoded or encoded")
                    .tag("region", name)
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
}
