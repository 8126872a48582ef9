package dev.freshet.micrometer;

import dev.freshet.bus.ResetReason;
import dev.freshet.cache.CacheStats;
import dev.freshet.cache.EvictionCause;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * The meters of one region's cache: those that Micrometer has for every cache, and those that begin with {@code freshet} for
 * what only this cache does. Micrometer's own binder of caches is not used, because it cannot remove what it registers.
 */
final class CacheMeters {

    private final RegionCache<?> cache;
    private final MeterGroup meters;

    private CacheMeters(RegionCache<?> cache, MeterGroup meters) {
        this.cache = cache;
        this.meters = meters;
    }

    /**
     * @param ofRegion have the label {@code region}
     * @param ofCache have the label {@code cache}
     */
    static void register(RegionCache<?> cache, MeterGroup ofRegion, MeterGroup ofCache) {
        new CacheMeters(cache, ofCache).registerAsOfEveryCache();
        CacheMeters own = new CacheMeters(cache, ofRegion);
        own.registerCounts();
        own.registerLoads();
        own.registerSizes();
    }

    private void registerAsOfEveryCache() {
        String gets =
                "The number of times cache lookup methods have returned a cached (hit) or uncached (newly loaded or null)"
                        + " value (miss).";
        counter("cache.gets", gets, CacheStats::hits, "result", "hit");
        counter("cache.gets", gets, CacheStats::misses, "result", "miss");
        counter("cache.puts", "The number of entries added to the cache", CacheStats::stores);
        // Those that Caffeine counts: for size and for age, not by an invalidation.
        counter(
                "cache.evictions",
                "The number of times the cache was evicted.",
                stats -> stats.evictedForSize() + stats.expired());
        counter("cache.load", "The number of loads, by result", CacheStats::loads, "result", "success");
        counter("cache.load", "The number of loads, by result", CacheStats::loadFailures, "result", "failure");
        meters.functionTimer(
                "cache.load.duration",
                "The time spent in loads",
                cache,
                asked -> asked.stats().loads() + asked.stats().loadFailures(),
                asked -> asked.stats().loadNanos());
        gauge(
                "cache.size",
                "The number of entries in this cache. This may be an approximation, depending on the type of cache.",
                CacheStats::entries);
        meters.gauge(
                "cache.weight",
                "Bytes of the entries, in a region that is limited by bytes",
                "bytes",
                cache,
                asked -> asked.stats().weightBytes());
    }

    private void registerCounts() {
        for (ResetReason reason : ResetReason.values()) {
            counter(
                    "freshet.resets",
                    "Times that the region was reset",
                    stats -> stats.resets().getOrDefault(reason, 0L),
                    "reason",
                    reason.name().toLowerCase(Locale.ROOT));
        }
        for (EvictionCause cause : EvictionCause.values()) {
            counter(
                    "freshet.evictions",
                    "Entries that an invalidation or a reset evicted",
                    stats -> stats.invalidated().getOrDefault(cause, 0L),
                    "selector",
                    cause.label());
        }
        for (Refusal reason : Refusal.values()) {
            counter(
                    "freshet.store.refused",
                    "Stores that were refused",
                    stats -> stats.refusals().getOrDefault(reason, 0L),
                    "reason",
                    reason.label());
        }
        counter("freshet.evicted.again", "Names that were evicted a second time", CacheStats::evictedAgain);
        counter(
                "freshet.evict.again.overflows",
                "Names that exceeded the bound of names that wait for a second eviction",
                CacheStats::evictAgainOverflows);
        counter(
                "freshet.load.waiters.refused",
                "Reads that did not wait for another load, because too many others waited",
                CacheStats::loadWaitersRefused);
        counter("freshet.refreshes", "Times that a reader of a hit was asked to load it anew", CacheStats::refreshes);
        counter("freshet.stale.servings", "Stale values that replaced a load that failed", CacheStats::staleServings);
        counter(
                "freshet.stale.hits",
                "Entries that were read between the change and their eviction",
                CacheStats::staleHits);
    }

    private void registerLoads() {
        counter(
                "freshet.load.timeouts",
                "Callers that a load kept waiting for longer than its timeout",
                CacheStats::loadTimeouts);
        counter(
                "freshet.loads.taken.over",
                "Callers that waited anew or loaded themselves, because another's load was interrupted or slow",
                CacheStats::loadsTakenOver);
        counter("freshet.loads.rejected", "Loads that their executor rejected", CacheStats::loadsRejected);
        counter("freshet.refreshes.rejected", "Refreshes that their executor rejected", CacheStats::refreshesRejected);
        counter(
                "freshet.weigher.failures",
                "Values that were not kept because the weigher failed",
                CacheStats::weigherFailures);
        counter(
                "freshet.leases.expired.early",
                "Leases that ended early because too many were outstanding",
                CacheStats::leasesExpiredEarly);
        counter(
                "freshet.version.fences.dropped",
                "Versions without room, each of which refuses lower versions of many keys",
                CacheStats::versionFencesDropped);
    }

    private void registerSizes() {
        gauge("freshet.version.fences", "Versions that are remembered", CacheStats::versionFences);
        gauge("freshet.leases", "Leases that are outstanding", CacheStats::leases);
        gauge(
                "freshet.broad.invalidations",
                "Tags and prefixes that are remembered as invalidated",
                CacheStats::broadInvalidations);
        gauge(
                "freshet.spared.entries",
                "Entries from before a reset that are still served, as last counted",
                CacheStats::sparedEntries);
        gauge(
                "freshet.evict.again.pending",
                "Names that wait for their second eviction",
                CacheStats::evictAgainPending);
        gauge("freshet.stale.copies", "Stale values that may replace a load that fails", CacheStats::staleCopies);
        gauge("freshet.load.waiters", "Reads that wait for another load of their key", CacheStats::loadWaiters);
    }

    private void counter(String name, String description, ToLongFunction<CacheStats> value, String... keysAndValues) {
        meters.counter(name, description, cache, asked -> value.applyAsLong(asked.stats()), keysAndValues);
    }

    private void gauge(String name, String description, ToLongFunction<CacheStats> value) {
        meters.gauge(name, description, null, cache, asked -> value.applyAsLong(asked.stats()));
    }
}
