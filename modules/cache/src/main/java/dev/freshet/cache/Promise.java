package dev.freshet.cache;

import dev.freshet.bus.RegionSubscription;
import java.util.Locale;

/** A promise that a region may not keep for a time. All others always hold. */
public enum Promise {
    /** Everything that was published up to a moment within the region's bound is applied. */
    NOTHING_LOST,
    /** A value whose load began before its invalidation is never stored after it. */
    NOTHING_COMES_BACK,
    /** The stale window is measured, with a known error of the clock. */
    STALENESS_MEASURED;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name as metrics write it. */
    public String label() {
        return label;
    }

    /**
     * Returns whether the region keeps this promise now. Never blocks.
     *
     * @param subscription by which the cache follows its region
     */
    public boolean isKept(RegionCache<?> cache, RegionSubscription subscription) {
        return switch (this) {
            case NOTHING_LOST -> cache.state() == ServingState.CONFIRMED;
            case NOTHING_COMES_BACK -> cache.unleasedStores() != UnleasedStores.ACCEPT;
            case STALENESS_MEASURED -> subscription.clockErrorMicros().isPresent();
        };
    }
}
