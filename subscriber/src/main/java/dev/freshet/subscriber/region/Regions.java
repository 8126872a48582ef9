package dev.freshet.subscriber.region;

import dev.freshet.bus.Subscriber;
import dev.freshet.cache.CachedRegion;
import dev.freshet.subscriber.configuration.RegionSettings;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The regions that this process serves. Immutable. */
public final class Regions {

    private final Map<String, ServedRegion> byName = new HashMap<>();
    private final List<ServedRegion> inOrder;
    private final List<String> names;

    public Regions(Collection<ServedRegion> regions) {
        regions.forEach(region -> byName.put(region.name(), region));
        names = byName.keySet().stream().sorted().toList();
        inOrder = names.stream().map(byName::get).toList();
    }

    /** Joins settings, cache and subscription of each region. All three must have the same regions. */
    public static Regions of(
            Map<String, RegionSettings> settings,
            Map<String, CachedRegion<StoredValue>> regions,
            Subscriber subscriber) {
        return new Regions(settings.entrySet().stream()
                .map(region -> new ServedRegion(
                        region.getKey(),
                        region.getValue(),
                        Objects.requireNonNull(regions.get(region.getKey())).local(),
                        Objects.requireNonNull(regions.get(region.getKey())),
                        subscriber.region(region.getKey())))
                .toList());
    }

    /** Returns the region of this name, or null. */
    public @Nullable ServedRegion find(String name) {
        return byName.get(name);
    }

    /** Returns all regions, ordered by name. */
    public List<ServedRegion> all() {
        return inOrder;
    }

    /** Returns the names of all regions, in order. */
    public List<String> names() {
        return names;
    }
}
