package dev.freshet.spring.boot;

import dev.freshet.spring.FreshetCacheManager;
import dev.freshet.spring.FreshetCacheStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToLongFunction;

/** Counts what happens between Spring and the regions, and what no region sees. */
final class FreshetCacheMeters implements MeterBinder {

    private final FreshetCacheManager manager;

    FreshetCacheMeters(FreshetCacheManager manager) {
        this.manager = manager;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        counter(
                registry,
                "freshet.spring.stores.without.lease",
                "Values that were not cached because the call that brought them had no lease",
                FreshetCacheStats::storesWithoutLease);
        counter(
                registry,
                "freshet.spring.untracked.loads",
                "Values that were not cached because their transaction began without a mark",
                FreshetCacheStats::untrackedLoads);
        counter(
                registry,
                "freshet.spring.evictions.failed",
                "Evictions that were refused after a commit",
                FreshetCacheStats::evictionsFailed);
    }

    private void counter(
            MeterRegistry registry, String name, String description, ToLongFunction<FreshetCacheStats> value) {
        FunctionCounter.builder(name, manager, asked -> value.applyAsLong(asked.stats()))
                .description(description)
                .register(registry);
    }
}
