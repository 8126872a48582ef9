package dev.freshet.spring;

import dev.freshet.RegionOptions;
import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one cache is like. Immutable; each method returns a copy.
 *
 * <pre>{@code
 * FreshetCacheOptions.of(RegionOptions.maximumEntries(100_000).expireAfterWrite(Duration.ofMinutes(10)))
 *         .absences(Duration.ofSeconds(30))
 * }</pre>
 */
public final class FreshetCacheOptions {

    private static final Duration DEFAULT_ABSENCES = Duration.ofMinutes(1);

    private final RegionOptions<Object> region;
    private final @Nullable String regionName;
    private final Duration absences;
    private final boolean isWriteThrough;
    private final @Nullable CacheKeyConverter keys;
    private final @Nullable Function<Object, ? extends Collection<String>> tags;

    private FreshetCacheOptions(
            RegionOptions<Object> region,
            @Nullable String regionName,
            Duration absences,
            boolean isWriteThrough,
            @Nullable CacheKeyConverter keys,
            @Nullable Function<Object, ? extends Collection<String>> tags) {
        this.region = region;
        this.regionName = regionName;
        this.absences = absences;
        this.isWriteThrough = isWriteThrough;
        this.keys = keys;
        this.tags = tags;
    }

    /** A cache over a region with these options. The time of absences is set by {@link #absences}, not in there. */
    public static FreshetCacheOptions of(RegionOptions<Object> region) {
        return new FreshetCacheOptions(
                Objects.requireNonNull(region, "region"), null, DEFAULT_ABSENCES, false, null, null);
    }

    /**
     * Names the region. Without this, a cache whose name is a region's name has that region, and {@code userProfiles} has {@code
     * user-profiles}.
     *
     * @param name {@code [a-z0-9][a-z0-9._-]{0,63}}
     * @throws IllegalArgumentException if it is not valid
     */
    public FreshetCacheOptions region(String name) {
        return new FreshetCacheOptions(region, Syntax.requireRegion(name), absences, isWriteThrough, keys, tags);
    }

    /**
     * Keeps null and {@code Optional.empty()} for at most this long; zero: not at all. Default: one minute. The creation of a row must
     * evict its key.
     *
     * @throws IllegalArgumentException if negative
     */
    public FreshetCacheOptions absences(Duration ttl) {
        if (ttl.isNegative()) {
            throw new IllegalArgumentException("the time of absences must not be negative, but is " + ttl);
        }
        return new FreshetCacheOptions(region, regionName, ttl, isWriteThrough, keys, tags);
    }

    /**
     * Lets {@code @CachePut} cache what its method returned, if nothing else concerned the key since the method was called. Without this,
     * {@code @CachePut} evicts, and the next read loads.
     */
    public FreshetCacheOptions writeThrough(boolean isWriteThrough) {
        return new FreshetCacheOptions(region, regionName, absences, isWriteThrough, keys, tags);
    }

    /** Converts the keys of this cache. It is asked before the converters of the {@link FreshetCacheManager}. */
    public FreshetCacheOptions keys(CacheKeyConverter converter) {
        return new FreshetCacheOptions(
                region, regionName, absences, isWriteThrough, Objects.requireNonNull(converter, "converter"), tags);
    }

    /**
     * Gives each value tags, besides those of {@link FreshetTags}. If the function fails, the value is not cached.
     *
     * @param tags returns the tags of a value, which is never null; must be safe to use from any thread
     */
    public FreshetCacheOptions tags(Function<Object, ? extends Collection<String>> tags) {
        return new FreshetCacheOptions(
                region, regionName, absences, isWriteThrough, keys, Objects.requireNonNull(tags, "tags"));
    }

    RegionOptions<Object> regionOptions() {
        return absences.isZero() ? region : region.cacheAbsences(absences);
    }

    String regionOf(String cache) {
        return regionName == null ? RegionNames.of(cache) : regionName;
    }

    @Nullable
    String regionName() {
        return regionName;
    }

    Duration absences() {
        return absences;
    }

    boolean isWriteThrough() {
        return isWriteThrough;
    }

    @Nullable
    CacheKeyConverter keys() {
        return keys;
    }

    @Nullable
    Function<Object, ? extends Collection<String>> tags() {
        return tags;
    }
}
