package dev.freshet;

import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.Loader;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.cache.ValueCodec;
import dev.freshet.cache.ValueWeigher;
import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a region is like. Immutable; each method returns a copy, so that one object may be the start of several regions.
 *
 * <pre>{@code
 * RegionOptions<User> options = RegionOptions.<User>maximumEntries(100_000)
 *         .expireAfterWrite(Duration.ofMinutes(10))
 *         .tier(codec, Duration.ofHours(1));
 * }</pre>
 *
 * <p>The words and the defaults are those of {@link RegionCacheBuilder}, which has more: see {@link #cache}.
 */
public final class RegionOptions<V> {

    /** Where the values lie in Redis. */
    record Tier<V>(ValueCodec<V> codec, Duration longest) {}

    /** What only this class knows of a region. */
    private record Own<V>(
            @Nullable Tier<V> tier,
            @Nullable Duration absencesTtl,
            @Nullable UnaryOperator<V> copier,
            @Nullable Duration longestWait) {

        Own<V> tier(Tier<V> other) {
            return new Own<>(other, absencesTtl, copier, longestWait);
        }

        Own<V> absencesTtl(Duration other) {
            return new Own<>(tier, other, copier, longestWait);
        }

        Own<V> copier(UnaryOperator<V> other) {
            return new Own<>(tier, absencesTtl, other, longestWait);
        }

        Own<V> longestWait(Duration other) {
            return new Own<>(tier, absencesTtl, copier, other);
        }
    }

    private final UnaryOperator<RegionCacheBuilder<V>> settings;
    private final Own<V> own;

    private RegionOptions(UnaryOperator<RegionCacheBuilder<V>> settings, Own<V> own) {
        this.settings = settings;
        this.own = own;
    }

    /**
     * Options of a region with at most this many entries in this process.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public static <V> RegionOptions<V> maximumEntries(long entries) {
        return start(cache -> cache.maximumEntries(entries));
    }

    /**
     * Options of a region with at most this many bytes in this process.
     *
     * @param weigher says how many bytes a value has; keys, tags and entries are counted without it
     * @throws IllegalArgumentException if it is not positive
     */
    public static <V> RegionOptions<V> maximumBytes(long bytes, ValueWeigher<V> weigher) {
        Objects.requireNonNull(weigher, "weigher");
        return start(cache -> cache.maximumBytes(bytes, weigher));
    }

    private static <V> RegionOptions<V> start(UnaryOperator<RegionCacheBuilder<V>> limit) {
        return new RegionOptions<V>(UnaryOperator.identity(), new Own<>(null, null, null, null)).cache(limit);
    }

    /** See {@link RegionCacheBuilder#expireAfterWrite}. */
    public RegionOptions<V> expireAfterWrite(Duration duration) {
        return cache(cache -> cache.expireAfterWrite(duration));
    }

    /** See {@link RegionCacheBuilder#expireAfterAccess}. */
    public RegionOptions<V> expireAfterAccess(Duration duration) {
        return cache(cache -> cache.expireAfterAccess(duration));
    }

    /** See {@link RegionCacheBuilder#unconfirmed}. */
    public RegionOptions<V> unconfirmed(UnconfirmedPolicy policy, Duration after) {
        return cache(cache -> cache.unconfirmed(policy, after));
    }

    /** See {@link RegionCacheBuilder#loadTimeout}. */
    public RegionOptions<V> loadTimeout(Duration timeout) {
        return cache(cache -> cache.loadTimeout(timeout));
    }

    /** See {@link RegionCacheBuilder#softTimeout}, which needs {@link #failSafe}. */
    public RegionOptions<V> softTimeout(Duration timeout) {
        return cache(cache -> cache.softTimeout(timeout));
    }

    /** See {@link RegionCacheBuilder#failSafe}. */
    public RegionOptions<V> failSafe(Duration duration) {
        return cache(cache -> cache.failSafe(duration));
    }

    /** See {@link RegionCacheBuilder#refreshAfterWrite}. */
    public RegionOptions<V> refreshAfterWrite(Duration age) {
        return cache(cache -> cache.refreshAfterWrite(age));
    }

    /**
     * Changes any setting of the local cache: {@code cache(it -> it.evictAgainAfter(lag).listener(metrics))}. It is applied each time a
     * region is opened, and once by this call, so that a setting which is wrong by itself is refused here.
     *
     * @throws IllegalArgumentException if the builder refuses a setting
     */
    public RegionOptions<V> cache(UnaryOperator<RegionCacheBuilder<V>> change) {
        Objects.requireNonNull(change, "change");
        Objects.requireNonNull(change.apply(RegionCache.builder("options")), "change returned null");
        return new RegionOptions<>(cache -> change.apply(settings.apply(cache)), own);
    }

    /**
     * Caches that there is no value when a {@link Loader} returns null, for at most this long. Without this, an absence is cached
     * only if the loader asks for it. The creation of a row must be announced by its key, or by a prefix of it: an absence has no
     * tags.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public RegionOptions<V> cacheAbsences(Duration ttl) {
        return new RegionOptions<>(settings, own.absencesTtl(requirePositive("the ttl of absences", ttl)));
    }

    /**
     * Puts a tier in Redis behind the local cache: what one replica has loaded, all find.
     *
     * @param longest the longest life of a value in Redis
     * @throws IllegalArgumentException if it is shorter than a millisecond
     */
    public RegionOptions<V> tier(ValueCodec<V> codec, Duration longest) {
        Objects.requireNonNull(codec, "codec");
        if (longest.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("the longest life in the tier must be at least 1 ms, but is " + longest);
        }
        return new RegionOptions<>(settings, own.tier(new Tier<>(codec, longest)));
    }

    /**
     * Lets one replica of all load a key that is missing here and in Redis; see {@link CachedRegion.Builder#oneLoadAcrossReplicas}. Needs
     * {@link #tier}: without one, the region is refused when it is opened.
     *
     * @param longestWait how long the others wait for that load before they load themselves; at most half of the load timeout
     * @throws IllegalArgumentException if it is shorter than a millisecond
     */
    public RegionOptions<V> oneLoadAcrossReplicas(Duration longestWait) {
        if (longestWait.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException(
                    "the wait for another replica's load must be at least 1 ms, but is " + longestWait);
        }
        return new RegionOptions<>(settings, own.longestWait(longestWait));
    }

    /**
     * Copies each value that is handed out or taken in, so that callers may change what they get. Without this, values are shared by
     * reference, which is faster; they must not be changed then.
     *
     * @param copier returns a copy; it runs on callers' threads, with each read of a value, and must not return null
     */
    public RegionOptions<V> copier(UnaryOperator<V> copier) {
        return new RegionOptions<>(settings, own.copier(Objects.requireNonNull(copier, "copier")));
    }

    // ---- What a region is opened with

    /** Builds the local cache of a region with these options. */
    RegionCache<V> newCache(String region) {
        RegionCache<V> cache = settings.apply(RegionCache.builder(region)).build();
        if (!region.equals(cache.region())) {
            cache.close();
            throw new IllegalArgumentException("region \"" + region + "\" has options that build a cache of region \""
                    + cache.region() + "\": change the builder that RegionOptions.cache hands out, and return it");
        }
        return cache;
    }

    @Nullable
    Tier<V> tier() {
        return own.tier();
    }

    @Nullable
    Duration longestWait() {
        return own.longestWait();
    }

    @Nullable
    UnaryOperator<V> copier() {
        return own.copier();
    }

    @Nullable
    Duration absencesTtl() {
        return own.absencesTtl();
    }

    private static Duration requirePositive(String what, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(what + " must be positive, but is " + value);
        }
        return value;
    }
}
