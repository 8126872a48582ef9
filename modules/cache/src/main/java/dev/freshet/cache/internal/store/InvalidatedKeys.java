package dev.freshet.cache.internal.store;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Which keys of a stripe were invalidated after a mark. Remembers a number for each hash, and so, in constant memory, every
 * invalidation for ever; of keys that share a hash, one may count as invalidated because another was. That refuses a store that might
 * have been kept, never the other way round. Guarded by the key's stripe.
 *
 * <p>Why no invalidation is missed: it takes its number with the stripe's monitor held, before it removes anything. If it does so
 * before a mark is taken, the mark's transaction begins after the commit, and reads what it wrote. If it does so after it, its number
 * is higher than the mark's; a lease that is handed out before it dies like any other.
 */
final class InvalidatedKeys {

    /** Shared by all stripes of a cache. */
    private static final int MAX_HASHES = 16_384;

    private static final int MIN_HASHES = 16;

    private final AtomicLong lastNumber;
    private final int hashes;

    /** The number of the newest invalidation, by hash; null while nobody has taken a mark. */
    private long @Nullable [] newest;

    /** @param lastNumber the number of the newest invalidation of all stripes */
    InvalidatedKeys(AtomicLong lastNumber, int stripes) {
        this.lastNumber = lastNumber;
        this.hashes = Math.max(MIN_HASHES, MAX_HASHES / stripes);
    }

    /** Remembers from now on. */
    void begin() {
        if (newest == null) {
            newest = new long[hashes];
        }
    }

    void add(String key) {
        long[] numbers = newest;
        if (numbers != null) {
            numbers[indexOf(key)] = lastNumber.incrementAndGet();
        }
    }

    boolean isAnySince(String key, IssuedMark mark) {
        long[] numbers = newest;
        return numbers != null && numbers[indexOf(key)] > mark.invalidatedKeys();
    }

    /** The upper bits: the lower ones choose the stripe. */
    private int indexOf(String key) {
        return (key.hashCode() * 0x9E37_79B9) >>> (Integer.numberOfLeadingZeros(hashes) + 1);
    }
}
