package dev.freshet.subscriber.region;

import dev.freshet.bus.RegionSubscription;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Position;
import dev.freshet.subscriber.configuration.RegionSettings;

/**
 * A region that this process serves. Safe to use from any thread; never blocks.
 *
 * @param name the region's name
 * @param settings the region's settings
 * @param cache the local cache
 * @param tiered the local cache, with the Redis tier behind it if the region has one
 * @param subscription how far this process has followed the region's log
 */
public record ServedRegion(
        String name,
        RegionSettings settings,
        RegionCache<StoredValue> cache,
        CachedRegion<StoredValue> tiered,
        RegionSubscription subscription) {

    /** Makes a region without a Redis tier. */
    public ServedRegion(
            String name, RegionSettings settings, RegionCache<StoredValue> cache, RegionSubscription subscription) {
        this(name, settings, cache, CachedRegion.over(cache).build(), subscription);
    }

    /** Returns whether the region follows the position's epoch and has applied the position. */
    public boolean hasApplied(Position wanted) {
        Position reached = subscription.position();
        return reached != null && reached.epoch() == wanted.epoch() && reached.sequence() >= wanted.sequence();
    }
}
