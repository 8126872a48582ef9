package dev.freshet.spring.boot;

import dev.freshet.cache.UnconfirmedPolicy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What a cache is like. What a cache leaves out, freshet.defaults says; what that leaves out has the default that is named here.
 *
 * @param region Name of the cache in Freshet, in all processes. Default: the cache's name, with dashes for capitals. Not in freshet.defaults.
 * @param maximumEntries At most this many entries in each process. Default: 10000.
 * @param expireAfterWrite Ends entries this long after they were stored. Default: never.
 * @param expireAfterAccess Ends entries this long after they were last read. Default: never.
 * @param absences How long null and an empty Optional are kept; 0: not at all. Default: 1m.
 * @param writeThrough Whether @CachePut stores what its method returned, instead of evicting. Default: false.
 * @param failSafe How long a value that ended may stand in for a load that fails. Default: 0, never.
 * @param refreshAfterWrite Loads entries of this age again in the background when they are read. Default: 0, never.
 * @param loadTimeout How long a caller waits for the load of another. Default: 60s.
 * @param softTimeout After which time a caller gets the value that ended, if fail-safe kept one. Default: 0, never.
 * @param resetSpread Spreads the misses that follow a reset over this time. Default: 0.
 * @param evictAgainAfter Evicts a second time after this long, for loads from a database replica that lags. Default: 0, never.
 * @param unconfirmed What reads get while it is not known whether an invalidation was missed.
 */
public record CacheSettings(
        @Nullable String region,
        @Nullable Long maximumEntries,
        @Nullable Duration expireAfterWrite,
        @Nullable Duration expireAfterAccess,
        @Nullable Duration absences,
        @Nullable Boolean writeThrough,
        @Nullable Duration failSafe,
        @Nullable Duration refreshAfterWrite,
        @Nullable Duration loadTimeout,
        @Nullable Duration softTimeout,
        @Nullable Duration resetSpread,
        @Nullable Duration evictAgainAfter,
        @DefaultValue Unconfirmed unconfirmed) {

    /**
     * What reads get while it is not known whether an invalidation was missed.
     *
     * @param policy Whether such reads are served what is cached, or bypass the cache. Default: serve.
     * @param after How old the last confirmation may become. Default: 2s.
     */
    public record Unconfirmed(
            @Nullable UnconfirmedPolicy policy, @Nullable Duration after) {}
}
