package dev.freshet.subscriber.metrics;

import dev.freshet.cache.CacheStats;
import dev.freshet.cache.EvictionCause;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.subscriber.region.ServedRegion;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.cache.CacheMeterBinder;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one region's cache: those that Micrometer has for every cache, and those that begin with {@code freshet} for
 * what only this cache does.
 */
final class CacheMeters extends CacheMeterBinder<RegionCache<?>> {

    private final ServedRegion region;

    private CacheMeters(ServedRegion region) {
        super(region.cache(), region.name(), Tags.empty());
        this.region = region;
    }

    static void bind(ServedRegion region, MeterRegistry registry) {
        new CacheMeters(region).bindTo(registry);
    }

    @Override
    protected @Nullable Long size() {
        return stats().entries();
    }

    @Override
    protected long hitCount() {
        return stats().hits();
    }

    @Override
    protected @Nullable Long missCount() {
        return stats().misses();
    }

    /** Returns the evictions that Caffeine counts: for size and for age, not by an invalidation. */
    @Override
    protected @Nullable Long evictionCount() {
        CacheStats stats = stats();
        return stats.evictedForSize() + stats.expired();
    }

    @Override
    protected long putCount() {
        return stats().stores();
    }

    @Override
    protected void bindImplementationSpecificMetrics(MeterRegistry registry) {
        Gauge.builder("cache.weight", region, r -> r.cache().stats().weightBytes())
                .description("Bytes of the entries, in a region that is limited by bytes")
                .baseUnit("bytes")
                .strongReference(true)
                .tag("cache", region.name())
                .register(registry);
        for (EvictionCause cause : EvictionCause.values()) {
            counter("freshet.evictions", "Entries that an invalidation or a reset evicted", stats -> stats.invalidated()
                            .getOrDefault(cause, 0L))
                    .tag("selector", cause.label())
                    .register(registry);
        }
        for (Refusal reason : Refusal.values()) {
            counter("freshet.store.refused", "Stores that were refused", stats -> stats.refusals()
                            .getOrDefault(reason, 0L))
                    .tag("reason", reason.label())
                    .register(registry);
        }
        counter("freshet.evicted.again", "Names that were evicted a second time", CacheStats::evictedAgain)
                .register(registry);
        counter(
                        "freshet.evict.again.overflows",
                        "Names that exceeded the bound of names that wait for a second eviction",
                        CacheStats::evictAgainOverflows)
                .register(registry);
        counter(
                        "freshet.load.waiters.refused",
                        "Reads that did not wait for another load, because too many others waited",
                        CacheStats::loadWaitersRefused)
                .register(registry);
        counter("freshet.refreshes", "Times that a reader of a hit was asked to load it anew", CacheStats::refreshes)
                .register(registry);
        counter("freshet.stale.servings", "Stale values that replaced a load that failed", CacheStats::staleServings)
                .register(registry);
        counter(
                        "freshet.stale.hits",
                        "Entries that were read between the change and their eviction",
                        CacheStats::staleHits)
                .register(registry);
    }

    private FunctionCounter.Builder<ServedRegion> counter(
            String name, String description, java.util.function.ToLongFunction<CacheStats> value) {
        return FunctionCounter.builder(
                        name, region, r -> value.applyAsLong(r.cache().stats()))
                .description(description)
                .tag("region", region.name());
    }

    private CacheStats stats() {
        return region.cache().stats();
    }
}
