package dev.freshet.cache;

/** Lets tests of other packages build a cache that is as small inside as it can be. */
public final class OneStripe {

    private OneStripe() {}

    /** Gives all keys one monitor. */
    public static <V> RegionCacheBuilder<V> of(RegionCacheBuilder<V> builder) {
        return builder.oneStripe();
    }
}
