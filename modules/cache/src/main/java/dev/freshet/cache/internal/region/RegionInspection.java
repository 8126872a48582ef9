package dev.freshet.cache.internal.region;

import dev.freshet.bus.HeldEntry;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.cache.CacheStats;
import dev.freshet.cache.Promise;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.entry.StaleCopy;
import dev.freshet.cache.internal.store.EntryTable;
import dev.freshet.cache.internal.store.Expiration;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import dev.freshet.cache.internal.store.SelectorMatch;
import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says to operators what a region's cache holds, without a trace: no read is counted, nothing is removed. Safe to use from any thread. */
final class RegionInspection<V> {

    private final RegionCacheConfig<V> config;
    private final EntryTable<V> entries;
    private volatile @Nullable RegionSubscription subscription;

    RegionInspection(RegionCacheConfig<V> config, EntryTable<V> entries) {
        this.config = config;
        this.entries = entries;
    }

    void followedBy(RegionSubscription by) {
        subscription = by;
    }

    /** Counts the readable entries that selectors name. */
    long count(List<Selector> selectors) {
        SelectorMatch match = new SelectorMatch(selectors);
        long nowNanos = config.time().nanoTime();
        if (match.namesKeysOnly()) {
            return match.keys().stream()
                    .filter(key -> entries.peek(key, nowNanos) != null)
                    .count();
        }
        return entries.countReadable(nowNanos, match::matches);
    }

    /**
     * Returns how many entries there are.
     *
     * @param isSwept whether what cannot be read is removed soon, so that Caffeine's own count is good enough
     */
    long size(boolean isSwept) {
        return isSwept
                ? Math.max(0, entries.estimatedSize() - entries.copies().count())
                : entries.countReadable(config.time().nanoTime(), (key, entry) -> true);
    }

    /** Returns the words of {@link dev.freshet.bus.RegionReader#describe}. */
    Map<String, String> describe(RegionCache<V> cache) {
        CacheStats stats = cache.stats();
        Map<String, String> words = new HashMap<>();
        words.put("entries", Long.toString(cache.size()));
        words.put("hits", Long.toString(stats.hits()));
        words.put("misses", Long.toString(stats.misses()));
        words.put("stale-hits", Long.toString(stats.staleHits()));
        words.put(
                "resets",
                Long.toString(stats.resets().values().stream()
                        .mapToLong(Long::longValue)
                        .sum()));
        words.put("serving", cache.state().label());
        RegionSubscription by = subscription;
        if (by != null) {
            words.put(
                    "broken",
                    Arrays.stream(Promise.values())
                            .filter(promise -> !promise.isKept(cache, by))
                            .map(Promise::label)
                            .collect(Collectors.joining(",")));
        }
        return words;
    }

    /** Returns entries that selectors name; of tags, prefixes and all only those that can be read. */
    List<HeldEntry> held(List<Selector> selectors, int limit) {
        SelectorMatch match = new SelectorMatch(selectors);
        long nowNanos = config.time().nanoTime();
        List<HeldEntry> held = new ArrayList<>();
        for (String key : match.keys()) {
            Entry<V> entry = entries.peekRaw(key);
            if (entry != null && held.size() < limit) {
                held.add(describe(key, entry, nowNanos));
            }
        }
        if (!match.namesKeysOnly()) {
            entries.readable(nowNanos, match::matches)
                    .filter(mapping -> !match.keys().contains(mapping.getKey()))
                    .limit(Math.max(0, limit - held.size()))
                    .forEach(mapping -> held.add(describe(mapping.getKey(), mapping.getValue(), nowNanos)));
        }
        return held;
    }

    private HeldEntry describe(String key, Entry<V> entry, long nowNanos) {
        Entry.Details details = entry.details();
        long endsInNanos = config.expiration().endsInNanos(entry, nowNanos);
        return new HeldEntry(
                key,
                state(key, entry, nowNanos),
                Math.max(0, nowNanos - entry.storedAtNanos) / 1_000,
                endsInNanos == Expiration.UNLIMITED_NANOS
                        ? OptionalLong.empty()
                        : OptionalLong.of(Math.max(0, endsInNanos) / 1_000),
                details.version(),
                List.of(details.tags));
    }

    private String state(String key, Entry<V> entry, long nowNanos) {
        if (entry instanceof StaleCopy) {
            return "stale-copy";
        }
        if (config.expiration().endsInNanos(entry, nowNanos) <= 0) {
            return "expired";
        }
        if (!entries.isReadable(key, entry, nowNanos)) {
            return "invalidated";
        }
        return entry.value == null ? "absent" : "readable";
    }
}
