package dev.freshet.cache.internal.store;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.CacheListener;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.cache.UnleasedStores;
import dev.freshet.cache.ValueWeigher;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.schema.Syntax;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A region's settings as its builder checked them.
 *
 * @param maximumEntries 0 where the region is limited by bytes only
 * @param maximumBytes 0 where the region is limited by entries only
 * @param policies what is off by default
 * @param countsStaleHits whether it matters when an entry was read
 * @param stripes how many monitors share the keys; a power of two
 * @param scheduler sweeps; null where the owner does
 * @param valueBytes the bytes by which an audit compares a value; null: it cannot
 */
public record RegionCacheConfig<V>(
        String region,
        long maximumEntries,
        long maximumBytes,
        ValueWeigher<V> weigher,
        Expiration expiration,
        long leaseTtlNanos,
        long maximumLeases,
        UnleasedStores unleasedStores,
        UnconfirmedPolicy unconfirmedPolicy,
        long unconfirmedAfterNanos,
        long versionFenceRetentionNanos,
        int maximumVersionFences,
        int maximumBroadInvalidations,
        Policies policies,
        boolean countsStaleHits,
        int stripes,
        CacheListener listener,
        TimeSource time,
        @Nullable ScheduledExecutorService scheduler,
        @Nullable Function<? super V, byte[]> valueBytes) {

    /** The shortest time after which an entry or a copy that nobody reads is due to go. */
    public long shortestLifetimeNanos() {
        long regionNanos = expiration.regionNanos();
        long copyNanos = policies.failSafeNanos();
        return copyNanos > 0 ? Math.min(copyNanos, regionNanos) : regionNanos;
    }

    boolean isWeighed() {
        return maximumBytes > 0;
    }

    /** Returns what each entry weighs at least, so that the limit by bytes is one by entries too. */
    int leastWeightBytes() {
        long part = isWeighed() && maximumEntries > 0 ? (maximumBytes + maximumEntries - 1) / maximumEntries : 0;
        return (int) Math.min(part, Integer.MAX_VALUE);
    }

    /** Whether anything asks when an entry was read last. */
    boolean stampsReads() {
        return countsStaleHits || expiration.afterAccessNanos() != Expiration.UNLIMITED_NANOS;
    }

    /** Whether a read must know the time, even of an entry that has no limit of its own. */
    boolean readsAreTimed() {
        return stampsReads() || expiration.afterWriteNanos() != Expiration.UNLIMITED_NANOS;
    }

    /** What the entry counts against the region's bytes; calls the weigher. */
    long weightBytes(String key, @Nullable V value, Entry.Details details) {
        if (!isWeighed()) {
            return 0;
        }
        long bytes = Syntax.utf8Bytes(key);
        bytes += ValueWeigher.ENTRY_OVERHEAD_BYTES;
        for (String tag : details.tags) {
            bytes += ValueWeigher.TAG_OVERHEAD_BYTES + Syntax.utf8Bytes(tag);
        }
        long valueBytes = value == null ? 0 : weigher.bytes(value);
        if (valueBytes < 0) {
            throw new IllegalArgumentException("a value's bytes must not be negative, but are " + valueBytes);
        }
        return valueBytes > Integer.MAX_VALUE ? Long.MAX_VALUE : bytes + valueBytes;
    }
}
