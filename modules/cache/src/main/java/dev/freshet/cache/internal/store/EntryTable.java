package dev.freshet.cache.internal.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.entry.StaleCopy;
import dev.freshet.cache.internal.fence.Fence;
import dev.freshet.cache.internal.fence.Fences;
import dev.freshet.cache.internal.fence.ResetSpread;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a region, in Caffeine: which of them may be read now, and what becomes of those that may not. Reads take no
 * lock. Whoever inserts or takes an entry holds the monitor of its key's stripe, see {@link CoherentStore}.
 */
public final class EntryTable<V> {

    private final RegionCacheConfig<V> config;
    private final Recorder recorder;
    private final Fences fences;
    private final boolean readsAreTimed;
    private final Cache<String, Entry<V>> entries;
    private final StaleCopies<V> copies;
    private volatile long sparedEntries;

    EntryTable(RegionCacheConfig<V> config, Recorder recorder, Fences fences, Executor maintenance) {
        this.config = config;
        this.recorder = recorder;
        this.fences = fences;
        this.readsAreTimed = config.readsAreTimed();
        Caffeine<Object, Object> builder = Caffeine.newBuilder().executor(maintenance);
        if (config.isWeighed()) {
            // Caffeine bounds by entries or by weight. If each entry weighs at least its part, the weight bounds both.
            int least = config.leastWeightBytes();
            this.entries = builder.maximumWeight(Math.max(
                            config.maximumBytes(),
                            least == 0 ? 0 : Math.min(Long.MAX_VALUE / 2 / least, config.maximumEntries()) * least))
                    .weigher((String key, Entry<V> entry) -> Math.max(least, entry.weightBytes()))
                    .evictionListener((key, entry, cause) -> hadToMakeRoom(entry))
                    .build();
        } else {
            this.entries = builder.maximumSize(config.maximumEntries())
                    .evictionListener((key, entry, cause) -> hadToMakeRoom(entry))
                    .build();
        }
        this.copies = new StaleCopies<>(config, entries.asMap(), fences);
    }

    private void hadToMakeRoom(@Nullable Object entry) {
        if (entry instanceof StaleCopy<?>) {
            copies.replaced(entry);
        } else {
            recorder.evictedForSize();
        }
    }

    // ---- Reading

    /** Returns the entry if it may be read now, and stamps it; removes it if it may not. */
    @Nullable
    public Entry<V> read(String key, long nowNanos) {
        Entry<V> entry = entries.getIfPresent(key);
        return entry == null ? null : readAt(key, entry, nowNanos);
    }

    /**
     * Returns the entry if it may be read now, and stamps it; removes it if it may not. Asks the clock only where the answer
     * depends on it: that takes longer than all the rest.
     */
    @Nullable
    public Entry<V> read(String key) {
        Entry<V> entry = entries.getIfPresent(key);
        if (entry == null) {
            return null;
        }
        return !readsAreTimed && entry.isTimeless() && fences.refusing(key, entry) == null
                ? entry
                : readAt(key, entry, config.time().nanoTime());
    }

    private @Nullable Entry<V> readAt(String key, Entry<V> entry, long nowNanos) {
        if (entry instanceof StaleCopy) {
            return null;
        }
        if (config.expiration().isExpired(entry, nowNanos)) {
            discardExpired(key, entry, nowNanos);
            return null;
        }
        Fence fence = fences.refusing(key, entry);
        if (fence != null) {
            discard(key, entry, fence, nowNanos);
            return null;
        }
        entry.stampRead(nowNanos);
        return entry;
    }

    /** Returns the entry if it may be read now. Leaves no trace: nothing is removed, reported or taken for a use. */
    @Nullable
    public Entry<V> peek(String key, long nowNanos) {
        Entry<V> entry = peekRaw(key);
        return entry == null || !isReadable(key, entry, nowNanos) ? null : entry;
    }

    /** Returns what lies there, valid or not, without a trace. */
    @Nullable
    public Entry<V> peekRaw(String key) {
        return entries.policy().getIfPresentQuietly(key);
    }

    /** Whether the entry may be read now. */
    public boolean isReadable(String key, Entry<V> entry, long nowNanos) {
        return !(entry instanceof StaleCopy)
                && !config.expiration().isExpired(entry, nowNanos)
                && fences.refusing(key, entry) == null;
    }

    /** Counts the matching entries among those that can be read now. */
    public long countReadable(long nowNanos, BiPredicate<String, Entry<V>> matches) {
        return readable(nowNanos, matches).count();
    }

    /** Returns the matching entries among those that can be read now. */
    public Stream<Map.Entry<String, Entry<V>>> readable(long nowNanos, BiPredicate<String, Entry<V>> matches) {
        return entries.asMap().entrySet().stream()
                .filter(mapping -> isReadable(mapping.getKey(), mapping.getValue(), nowNanos)
                        && matches.test(mapping.getKey(), mapping.getValue()));
    }

    // ---- Changing, with the monitor of the key's stripe held

    void put(String key, Entry<V> entry) {
        copies.replaced(entries.asMap().put(key, entry));
    }

    void remove(String key) {
        copies.replaced(entries.asMap().remove(key));
    }

    /** Removes the entry because its key was invalidated, and returns it. May leave a copy for loads that fail. */
    @Nullable
    Entry<V> take(String key, long changedAtNanos, long nowNanos) {
        return copies.take(key, changedAtNanos, nowNanos);
    }

    // ---- Discarding what may not be read any more

    /** Removes what cannot be read any more; marks the rest as good. */
    public void sweep(long nowNanos) {
        long spared = 0;
        for (Map.Entry<String, Entry<V>> mapping : entries.asMap().entrySet()) {
            String key = mapping.getKey();
            Entry<V> entry = mapping.getValue();
            if (entry instanceof StaleCopy<V> copy) {
                copies.end(key, copy, nowNanos);
                continue;
            }
            if (config.expiration().isExpired(entry, nowNanos)) {
                discardExpired(key, entry, nowNanos);
                continue;
            }
            Fence fence = fences.refusing(key, entry);
            if (fence != null) {
                discard(key, entry, fence, nowNanos);
            } else if (fences.isSpared(entry)) {
                spared++;
            }
        }
        sparedEntries = spared;
    }

    /** Drops everything, or all but what the window spares, and refuses every store whose load began before. */
    public void reset(ResetSpread.@Nullable Window window, long stoppedNanos) {
        fences.reset(window, stoppedNanos);
        sparedEntries = window == null ? 0 : entries.estimatedSize();
    }

    private void discardExpired(String key, Entry<V> entry, long nowNanos) {
        if (copies.bury(key, entry, nowNanos, nowNanos)) {
            recorder.expired();
        }
    }

    private void discard(String key, Entry<V> entry, Fence fence, long nowNanos) {
        if (copies.bury(key, entry, nowNanos, nowNanos)) {
            evicted(entry, fence);
        }
    }

    /** Reports an entry that a fence had made unreadable. */
    void evicted(Entry<V> entry, Fence fence) {
        Fence first = fence.firstAfter(entry.validThrough());
        recorder.evicted(first.cause, 1, wasStale(entry, first.changedAtNanos) ? 1 : 0);
    }

    static boolean wasStale(Entry<?> entry, long changedAtNanos) {
        return changedAtNanos != Fence.UNKNOWN_NANOS && entry.wasReadSince(changedAtNanos);
    }

    // ---- Sizes

    /** How many entries and copies there are, at the latest count of Caffeine's. */
    public long estimatedSize() {
        return entries.estimatedSize();
    }

    /** Their bytes; 0 where the region is limited by entries. */
    public long weightBytes() {
        return entries.policy().eviction().map(e -> e.weightedSize().orElse(0)).orElse(0L);
    }

    /** How many entries a reset had spared when they were last counted. */
    public long sparedEntries() {
        return fences.isSpreading() ? sparedEntries : 0;
    }

    public StaleCopies<V> copies() {
        return copies;
    }

    /** Lets Caffeine do what it has put off. */
    public void cleanUp() {
        entries.cleanUp();
    }
}
