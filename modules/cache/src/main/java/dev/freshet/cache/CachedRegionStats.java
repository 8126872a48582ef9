package dev.freshet.cache;

/**
 * What happened between a region's local cache and its tier in Redis; see {@link CachedRegion#stats}.
 *
 * @param codecFailures values that the codec failed to decode or to encode, see {@link ValueCodec}
 * @param evictionsPending keys, tags and prefixes whose eviction Redis has not confirmed; until it has, they are not read from
 *     Redis. 1 may stand for the whole region
 * @param evictionRetries how often evictions were repeated
 * @param evictionOverflows how often there was no room for an eviction that waits, so that the whole region is evicted in Redis
 */
public record CachedRegionStats(
        long codecFailures, long evictionsPending, long evictionRetries, long evictionOverflows) {}
