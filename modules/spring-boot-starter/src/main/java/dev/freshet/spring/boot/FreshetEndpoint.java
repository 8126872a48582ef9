package dev.freshet.spring.boot;

import dev.freshet.Freshet;
import dev.freshet.FreshetStats;
import dev.freshet.Region;
import dev.freshet.bus.ResetReason;
import dev.freshet.cache.CacheStats;
import dev.freshet.cache.EvictionCause;
import dev.freshet.cache.Refusal;
import dev.freshet.spring.FreshetCache;
import dev.freshet.spring.FreshetCacheManager;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/** Shows at {@code /actuator/freshet} what the client and its regions do. It asks nobody, and shows no keys and no secrets. */
@Endpoint(id = "freshet")
public class FreshetEndpoint {

    private final Freshet freshet;
    private final ObjectProvider<FreshetCacheManager> managers;

    /** @param managers whose caches are known by their names; may have none */
    public FreshetEndpoint(Freshet freshet, ObjectProvider<FreshetCacheManager> managers) {
        this.freshet = freshet;
        this.managers = managers;
    }

    /**
     * The whole client.
     *
     * @param status as health says it
     * @param publisherConnected whether the last attempt to talk to Redis succeeded
     * @param misconfiguration what somebody must mend; null if there is nothing
     * @param trouble why a region is not confirmed; null if all are
     * @param invalidations counts since the start, and the queue
     * @param regions each open region
     */
    public record Client(
            String status,
            boolean publisherConnected,
            @Nullable String misconfiguration,
            @Nullable String trouble,
            FreshetStats invalidations,
            List<RegionInfo> regions) {}

    /**
     * One region in this process.
     *
     * @param name the region
     * @param cache the cache of Spring whose region it is; null if it is opened by the application
     * @param state {@code confirmed}, {@code unconfirmed}, {@code bypassed} or {@code closed}
     * @param entries how many entries it has
     * @param hits reads that found an entry
     * @param misses reads that did not
     * @param stores entries that were stored
     * @param loadFailures loads that failed
     * @param leases leases that are outstanding
     * @param evictions by selector: entries that an invalidation or a reset evicted
     * @param resets by reason: times that the region was reset
     * @param refusedStores by reason: stores that were refused; only reasons that occurred
     */
    public record RegionInfo(
            String name,
            @Nullable String cache,
            String state,
            long entries,
            long hits,
            long misses,
            long stores,
            long loadFailures,
            long leases,
            Map<String, Long> evictions,
            Map<String, Long> resets,
            Map<String, Long> refusedStores) {}

    /** Returns the client and all regions. */
    @ReadOperation
    public Client client() {
        return new Client(
                FreshetHealth.of(freshet).verdict().name(),
                freshet.publisher().isConnected(),
                freshet.misconfiguration(),
                freshet.trouble(),
                freshet.stats(),
                freshet.regions().stream().map(this::info).toList());
    }

    /**
     * Returns one region; null, which is 404, if none of that name is open.
     *
     * @param name of a cache of Spring, or else of a region
     */
    @ReadOperation
    public @Nullable RegionInfo region(@Selector String name) {
        String region = caches().filter(cache -> cache.getName().equals(name))
                .findFirst()
                .map(cache -> cache.region().name())
                .orElse(name);
        return freshet.regions().stream()
                .filter(open -> open.name().equals(region))
                .findFirst()
                .map(this::info)
                .orElse(null);
    }

    private Stream<FreshetCache> caches() {
        return managers.stream().flatMap(manager -> manager.caches().stream());
    }

    private @Nullable String cacheOf(Region<?> region) {
        return caches().filter(cache -> cache.region().name().equals(region.name()))
                .findFirst()
                .map(FreshetCache::getName)
                .orElse(null);
    }

    private RegionInfo info(Region<?> region) {
        CacheStats stats = region.stats();
        Map<String, Long> evictions = new TreeMap<>();
        for (EvictionCause cause : EvictionCause.values()) {
            evictions.put(cause.label(), stats.invalidated().getOrDefault(cause, 0L));
        }
        Map<String, Long> resets = new TreeMap<>();
        for (ResetReason reason : ResetReason.values()) {
            count(resets, reason.name().toLowerCase(Locale.ROOT), stats.resets().getOrDefault(reason, 0L));
        }
        Map<String, Long> refused = new TreeMap<>();
        for (Refusal reason : Refusal.values()) {
            count(refused, reason.label(), stats.refusals().getOrDefault(reason, 0L));
        }
        return new RegionInfo(
                region.name(),
                cacheOf(region),
                FreshetHealth.stateOf(region),
                stats.entries(),
                stats.hits(),
                stats.misses(),
                stats.stores(),
                stats.loadFailures(),
                stats.leases(),
                evictions,
                resets,
                refused);
    }

    private static void count(Map<String, Long> counts, String name, long count) {
        if (count > 0) {
            counts.put(name, count);
        }
    }
}
