package dev.freshet.cache.internal.store;

import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.entry.StaleCopy;
import dev.freshet.cache.internal.fence.Fence;
import dev.freshet.cache.internal.fence.Fences;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Turns entries that die into copies, where the region may need them, and counts these. See {@link StaleCopy}. */
public final class StaleCopies<V> {

    private final RegionCacheConfig<V> config;
    private final ConcurrentMap<String, Entry<V>> entries;
    private final Fences fences;
    private final AtomicLong count = new AtomicLong();

    StaleCopies(RegionCacheConfig<V> config, ConcurrentMap<String, Entry<V>> entries, Fences fences) {
        this.config = config;
        this.entries = entries;
        this.fences = fences;
    }

    /** How many there are. */
    public long count() {
        return count.get();
    }

    /** Whether the time of a copy has passed. */
    public boolean isOver(StaleCopy<V> copy, long nowNanos) {
        return nowNanos - copy.stoppedNanos > config.policies().failSafeNanos() || fences.isWorthless(copy);
    }

    /**
     * Removes an entry that is dead now, or leaves a copy of it in its place where the region may need one. Returns whether it
     * was still there.
     *
     * @param diedNanos when it died, unless its time or a fence says that it was earlier
     */
    boolean bury(String key, Entry<V> entry, long diedNanos, long nowNanos) {
        if (config.policies().failSafeNanos() > 0 && entry.value != null) {
            long stopped = diedNanos;
            if (config.expiration().isExpired(entry, nowNanos)) {
                stopped = Fence.earlierOf(stopped, config.expiration().endedNanos(entry, nowNanos));
            }
            if (fences.refusing(key, entry) != null || fences.isSpared(entry)) {
                stopped = Fence.earlierOf(stopped, fences.stoppedNanos(key, entry));
            }
            if (stopped != Fence.UNKNOWN_NANOS
                    && nowNanos - stopped <= config.policies().failSafeNanos()) {
                if (!entries.replace(key, entry, new StaleCopy<>(entry, stopped))) {
                    return false;
                }
                count.incrementAndGet();
                return true;
            }
        }
        return entries.remove(key, entry);
    }

    /** Returns the entry that was there. To be called with the stripe's monitor held, which keeps stores away. */
    @Nullable
    Entry<V> take(String key, long changedAtNanos, long nowNanos) {
        if (config.policies().failSafeNanos() <= 0) {
            return entries.remove(key);
        }
        Entry<V> entry = entries.get(key);
        if (entry == null || entry instanceof StaleCopy) {
            return null;
        }
        return bury(key, entry, stoppedNanos(changedAtNanos, nowNanos), nowNanos) ? entry : null;
    }

    /** Removes a copy whose time has passed. */
    void end(String key, StaleCopy<V> copy, long nowNanos) {
        if (isOver(copy, nowNanos) && entries.remove(key, copy)) {
            count.decrementAndGet();
        }
    }

    /** Something lay there that is gone now. */
    void replaced(@Nullable Object former) {
        if (former instanceof StaleCopy<?>) {
            count.decrementAndGet();
        }
    }

    /** When what is invalidated now stopped being valid: at its change, if that is known, and never later than now. */
    public static long stoppedNanos(long changedAtNanos, long nowNanos) {
        return changedAtNanos == Fence.UNKNOWN_NANOS ? nowNanos : Fence.earlierOf(changedAtNanos, nowNanos);
    }
}
