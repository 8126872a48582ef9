package dev.freshet.cache;

/**
 * What happened between a region's local cache and its tier in Redis; see {@link CachedRegion#stats}.
 *
 * @param codecFailures values that the codec failed to decode or to encode, see {@link ValueCodec}
 * @param evictionsPending keys, tags and prefixes whose eviction Redis has not confirmed; until it has, they are not read from
 *     Redis. 1 may stand for the whole region
 * @param evictionRetries how often evictions were repeated
 * @param evictionOverflows how often there was no room for an eviction that waits, so that the whole region is evicted in Redis
 * @param loadsSpared loads that took what another replica was loading, see {@link CachedRegion.Builder#oneLoadAcrossReplicas}
 * @param loadsAwaitedInVain loads that began because another replica's load, which they had waited for, brought no value in time. Also
 *     those that found 10,000 others of the region waiting
 */
public record CachedRegionStats(
        long codecFailures,
        long evictionsPending,
        long evictionRetries,
        long evictionOverflows,
        long loadsSpared,
        long loadsAwaitedInVain) {}
