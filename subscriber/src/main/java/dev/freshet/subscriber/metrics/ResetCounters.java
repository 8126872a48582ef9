package dev.freshet.subscriber.metrics;

import dev.freshet.bus.ResetReason;
import dev.freshet.cache.CacheListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Counts resets, by region and reason. It listens to the cache, not to the bus: the cache is reset by the bus and also resets
 * itself, and so each reset counts once.
 */
public final class ResetCounters implements CacheListener {

    private final Map<String, Map<ResetReason, Counter>> counters = new HashMap<>();

    public ResetCounters(Collection<String> regions, MeterRegistry registry) {
        for (String region : regions) {
            Map<ResetReason, Counter> byReason = new EnumMap<>(ResetReason.class);
            for (ResetReason reason : ResetReason.values()) {
                byReason.put(
                        reason,
                        Counter.builder("freshet.resets")
                                .description("Times that the region was reset")
                                .tag("region", region)
                                .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                                .register(registry));
            }
            counters.put(region, byReason);
        }
    }

    @Override
    public void reset(String region, ResetReason reason) {
        Map<ResetReason, Counter> byReason = counters.get(region);
        Counter counter = byReason == null ? null : byReason.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }
}
