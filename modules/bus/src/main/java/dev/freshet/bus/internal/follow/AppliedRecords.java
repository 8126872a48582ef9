package dev.freshet.bus.internal.follow;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * When the last records of a region were applied, and how long what they name had been stale: for operators who ask, so that nothing is
 * sent while nobody does. Takes some 3 KiB. Guarded by the lock of its {@link RegionFeed}.
 */
final class AppliedRecords {

    /** So many records are remembered. */
    private static final int REMEMBERED = 128;

    /** Each doubling of the time has so many buckets. */
    private static final int STEPS = 4;

    /** The last bucket begins at about a minute. */
    private static final int BUCKETS = STEPS * 27;

    private final long[] sequences = new long[REMEMBERED];
    private final long[] evictedAtMicros = new long[REMEMBERED];
    private final long[] windows = new long[BUCKETS];
    private long epoch;
    private long count;

    /** Notes a record. */
    void add(LoggedRecord record, long atMicros) {
        Position position = record.header().position();
        if (position.epoch() != epoch) {
            epoch = position.epoch();
            Arrays.fill(sequences, 0);
        }
        int at = (int) (position.sequence() % REMEMBERED);
        sequences[at] = position.sequence();
        evictedAtMicros[at] = atMicros;
        count++;
        for (Invalidation invalidation : record.body().invalidations()) {
            windows[bucket(atMicros - invalidation.changedAtMicros())]++;
        }
    }

    /** Returns when a position was applied, on the Redis clock; empty if that is forgotten, or did not happen. */
    OptionalLong appliedAtMicros(Position position) {
        int at = (int) (position.sequence() % REMEMBERED);
        return position.epoch() == epoch && sequences[at] == position.sequence() && position.sequence() > 0
                ? OptionalLong.of(evictedAtMicros[at])
                : OptionalLong.empty();
    }

    /** Returns how many records were applied. */
    long count() {
        return count;
    }

    /** Returns the stale windows since the start: for each bucket that is not empty its upper bound in microseconds and its count. */
    String windows() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < BUCKETS; i++) {
            if (windows[i] > 0) {
                text.append(text.length() == 0 ? "" : ",")
                        .append(upperMicros(i))
                        .append(':')
                        .append(windows[i]);
            }
        }
        return text.toString();
    }

    /** Buckets of a log-linear scale: no logarithm for each record. */
    static int bucket(long micros) {
        if (micros < STEPS) {
            return (int) Math.max(0, micros);
        }
        int octave = 63 - Long.numberOfLeadingZeros(micros);
        int step = (int) (micros >> (octave - 2)) & (STEPS - 1);
        return Math.min(BUCKETS - 1, (octave - 1) * STEPS + step);
    }

    static long upperMicros(int bucket) {
        if (bucket < STEPS) {
            return bucket + 1L;
        }
        int octave = bucket / STEPS + 1;
        return (long) (STEPS + bucket % STEPS + 1) << (octave - 2);
    }
}
