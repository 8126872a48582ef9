package dev.freshet.cache.internal.store;

import dev.freshet.cache.internal.entry.DetailedEntry;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.entry.RefreshableEntry;
import dev.freshet.cache.internal.entry.StampedEntry;
import org.jspecify.annotations.Nullable;

/** Makes entries, each of the smallest kind that holds what is asked of it. */
record EntryFactory<V>(RegionCacheConfig<V> config, long seed) {

    Entry<V> of(
            String key, @Nullable V value, Entry.Details details, int weightBytes, long nowNanos, long checkedThrough) {
        if (config.policies().refreshAfterNanos() > 0) {
            long dueNanos = config.policies().refreshDueNanos(key, nowNanos, seed);
            return new RefreshableEntry<>(value, details, weightBytes, nowNanos, checkedThrough, dueNanos);
        }
        if (details != Entry.Details.NONE || config.isWeighed()) {
            return new DetailedEntry<>(value, details, weightBytes, nowNanos, checkedThrough);
        }
        return config.stampsReads()
                ? new StampedEntry<>(value, nowNanos, checkedThrough)
                : new Entry<>(value, nowNanos, checkedThrough);
    }
}
