package dev.freshet.subscriber.region;

import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.RedisTierConfig;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.subscriber.configuration.RedisTierSettings;
import dev.freshet.subscriber.configuration.SubscriberSettings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The regions, with a Redis tier behind those whose settings ask for one. Connects to Redis only if there is such a region. */
public final class RedisTiers implements AutoCloseable {

    private final @Nullable RedisTier tier;
    private final Map<String, CachedRegion<StoredValue>> regions = new LinkedHashMap<>();
    private final Map<String, RedisTier.Region> tiers = new LinkedHashMap<>();

    private RedisTiers(@Nullable RedisTier tier) {
        this.tier = tier;
    }

    /** Makes a region of each cache, with a tier behind it if its settings ask for one. */
    public static RedisTiers over(Map<String, RegionCache<StoredValue>> caches, SubscriberSettings settings) {
        boolean any = settings.regions().values().stream()
                .anyMatch(region -> region.redisTier().isEnabled());
        RedisTier tier = any ? RedisTier.connect(configOf(settings)) : null;
        RedisTiers tiers = new RedisTiers(tier);
        caches.forEach((name, cache) -> {
            CachedRegion.Builder<StoredValue> builder = CachedRegion.over(cache);
            RedisTierSettings ofRegion =
                    Objects.requireNonNull(settings.regions().get(name)).redisTier();
            if (tier != null && ofRegion.isEnabled()) {
                RedisTier.Region region = tier.region(name, ofRegion.maximumTtl());
                tiers.tiers.put(name, region);
                builder.tier(region, new StoredValueCodec());
            }
            tiers.regions.put(name, builder.build());
        });
        return tiers;
    }

    private static RedisTierConfig configOf(SubscriberSettings settings) {
        RedisTierSettings.Calls calls = settings.tierCalls();
        RedisTierConfig config = RedisTierConfig.of(
                        settings.bus().redis(), settings.bus().name())
                .withTimeout(calls.timeout())
                .withConnections(calls.connections());
        return calls.keyFile() == null ? config : config.withKeyFile(calls.keyFile());
    }

    /** Returns all regions, with and without a tier. */
    public Map<String, CachedRegion<StoredValue>> regions() {
        return regions;
    }

    /** Returns the tiers by region. */
    public Map<String, RedisTier.Region> tiers() {
        return tiers;
    }

    /** Returns what somebody must mend before values can be read and stored, or null if there is nothing. Never blocks. */
    public @Nullable String misconfiguration() {
        return tier == null ? null : tier.misconfiguration();
    }

    @Override
    public void close() {
        if (tier != null) {
            tier.close();
        }
    }
}
