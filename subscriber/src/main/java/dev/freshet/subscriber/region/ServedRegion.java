package dev.freshet.subscriber.region;

import dev.freshet.bus.RegionSubscription;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Position;
import dev.freshet.subscriber.configuration.RegionSettings;

/**
 * A region as this process serves it. Safe to use from any thread; nothing here blocks.
 *
 * @param name the region's name
 * @param settings how it is kept
 * @param cache what is cached here
 * @param tiered the same with what is cached in Redis behind it, if anything is
 * @param subscription how far it has followed its log
 */
public record ServedRegion(
        String name,
        RegionSettings settings,
        RegionCache<StoredValue> cache,
        CachedRegion<StoredValue> tiered,
        RegionSubscription subscription) {

    /** A region that is cached here only. */
    public ServedRegion(
            String name, RegionSettings settings, RegionCache<StoredValue> cache, RegionSubscription subscription) {
        this(name, settings, cache, CachedRegion.over(cache).build(), subscription);
    }

    /** Whether a position of the epoch that the region is in is applied already. */
    public boolean hasApplied(Position wanted) {
        Position reached = subscription.position();
        return reached != null && reached.epoch() == wanted.epoch() && reached.sequence() >= wanted.sequence();
    }
}
