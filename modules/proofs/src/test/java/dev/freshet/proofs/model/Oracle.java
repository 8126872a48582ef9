package dev.freshet.proofs.model;

import dev.freshet.cache.Refusal;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a coherent cache must do, with neither bounds nor speed: every invalidation visits every entry and every lease. */
final class Oracle {

    private static final Duration RETENTION = Duration.ofSeconds(60);

    private record Kept(int value, StoreOptions options, Duration until) {}

    private record Floor(long version, Duration until) {}

    private static final class Leased {
        final String key;
        final Duration until;
        final Set<String> deadTags = new HashSet<>();
        boolean wasInvalidated;
        boolean wasReset;
        boolean wasUsed;

        Leased(String key, Duration until) {
            this.key = key;
            this.until = until;
        }
    }

    private final Duration leaseTtl;
    private final Duration regionTtl;
    private final Map<String, Kept> entries = new HashMap<>();
    private final Map<String, Floor> floors = new HashMap<>();
    private final List<Leased> leases = new ArrayList<>();
    private Duration now = Duration.ZERO;

    Oracle(Duration leaseTtl, Duration regionTtl) {
        this.leaseTtl = leaseTtl;
        this.regionTtl = regionTtl;
    }

    void advance(Duration by) {
        now = now.plus(by);
    }

    void lease(String key) {
        leases.add(new Leased(key, now.plus(leaseTtl)));
    }

    /** The reasons for which a store under the lease must be refused; none if it must be kept as a put would. */
    Set<Refusal> refusals(int index, StoreOptions options) {
        Leased lease = leases.get(index);
        Set<Refusal> refusals = EnumSet.noneOf(Refusal.class);
        if (lease.wasUsed) {
            refusals.add(Refusal.USED);
        }
        if (lease.wasReset) {
            refusals.add(Refusal.RESET);
        }
        if (lease.wasInvalidated || options.tags().stream().anyMatch(lease.deadTags::contains)) {
            refusals.add(Refusal.INVALIDATED);
        }
        if (now.compareTo(lease.until) >= 0) {
            refusals.add(Refusal.EXPIRED);
        }
        return refusals;
    }

    StoreResult store(int index, int value, StoreOptions options) {
        Leased lease = leases.get(index);
        StoreResult result = put(lease.key, value, options);
        lease.wasUsed = result.isStored();
        return result;
    }

    StoreResult put(String key, int value, StoreOptions options) {
        Floor floor = floors.get(key);
        if (floor != null
                && now.compareTo(floor.until) < 0
                && options.version().isPresent()
                && options.version().getAsLong() < floor.version) {
            return StoreResult.refused(Refusal.VERSION);
        }
        Duration ttl = options.ttl().filter(own -> own.compareTo(regionTtl) < 0).orElse(regionTtl);
        entries.put(key, new Kept(value, options, now.plus(ttl)));
        return StoreResult.stored();
    }

    @Nullable
    Integer read(String key) {
        Kept kept = entries.get(key);
        return kept == null || now.compareTo(kept.until) >= 0 ? null : kept.value;
    }

    void reset() {
        entries.clear();
        leases.forEach(lease -> lease.wasReset = true);
    }

    void invalidate(Selector selector, OptionalLong version) {
        if (version.isPresent() && selector instanceof Selector.Keys keys) {
            for (String key : keys.keys()) {
                Floor former = floors.get(key);
                long highest = former == null || now.compareTo(former.until) >= 0
                        ? version.getAsLong()
                        : Math.max(former.version, version.getAsLong());
                floors.put(key, new Floor(highest, now.plus(RETENTION)));
            }
        }
        entries.entrySet()
                .removeIf(mapping -> names(selector, mapping.getKey(), mapping.getValue().options)
                        && !isAtOrAbove(mapping.getValue().options, version));
        for (Leased lease : leases) {
            if (selector instanceof Selector.Tags tags) {
                lease.deadTags.addAll(tags.tags());
            } else if (names(selector, lease.key, StoreOptions.none())) {
                lease.wasInvalidated = true;
            }
        }
    }

    private static boolean isAtOrAbove(StoreOptions options, OptionalLong version) {
        return version.isPresent()
                && options.version().isPresent()
                && options.version().getAsLong() >= version.getAsLong();
    }

    private static boolean names(Selector selector, String key, StoreOptions options) {
        if (selector instanceof Selector.Keys keys) {
            return keys.keys().contains(key);
        }
        if (selector instanceof Selector.Tags tags) {
            return tags.tags().stream().anyMatch(options.tags()::contains);
        }
        return !(selector instanceof Selector.Prefixes prefixes)
                || prefixes.prefixes().stream().anyMatch(key::startsWith);
    }
}
