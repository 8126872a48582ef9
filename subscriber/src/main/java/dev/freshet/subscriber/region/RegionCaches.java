package dev.freshet.subscriber.region;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.subscriber.configuration.RegionPolicies;
import dev.freshet.subscriber.configuration.RegionSettings;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds the caches that the settings describe. */
public final class RegionCaches {

    private static final Logger log = LoggerFactory.getLogger(RegionCaches.class);

    private RegionCaches() {}

    /** Builds a cache for each region. */
    public static Map<String, RegionCache<StoredValue>> build(Map<String, RegionSettings> regions, TimeSource time) {
        Map<String, RegionCache<StoredValue>> caches = new LinkedHashMap<>();
        regions.forEach((name, settings) -> caches.put(name, build(name, settings, time)));
        return caches;
    }

    private static RegionCache<StoredValue> build(String name, RegionSettings settings, TimeSource time) {
        RegionCacheBuilder<StoredValue> builder = RegionCache.<StoredValue>builder(name)
                .time(time)
                .countStaleHits(true)
                .valueBytes(value -> value.bytes().getBytes())
                .unconfirmed(settings.unconfirmedPolicy(), settings.unconfirmedAfter())
                .leaseTtl(settings.leaseTtl())
                .unleasedStores(settings.unleasedStores())
                .versionFenceRetention(settings.fenceRetention())
                .maximumLeases(settings.maximumLeases())
                .maximumBroadInvalidations(settings.maximumBroadInvalidations());
        apply(settings.policies(), builder);
        settings.maximumEntries().ifPresent(builder::maximumEntries);
        log.info(
                "region {} holds at most {} bytes{}",
                name,
                settings.maximumBytes().orElse(0),
                settings.maximumEntries().isPresent()
                        ? " and " + settings.maximumEntries().getAsLong() + " entries"
                        : "");
        settings.maximumBytes().ifPresent(bytes -> builder.maximumBytes(bytes, StoredValue::memoryBytes));
        settings.expireAfterWrite().ifPresent(builder::expireAfterWrite);
        settings.expireAfterAccess().ifPresent(builder::expireAfterAccess);
        return builder.build();
    }

    private static void apply(RegionPolicies policies, RegionCacheBuilder<StoredValue> builder) {
        builder.resetSpread(policies.resetSpread())
                .evictAgainAfter(policies.evictAgainAfter())
                .maximumEvictAgain(policies.maximumEvictAgain())
                .failSafe(policies.failSafe())
                .refreshAfterWrite(policies.refreshAfterWrite())
                .refreshJitter(policies.refreshJitter())
                .maximumLoadWaiters(policies.maximumLoadWaiters());
    }
}
