package dev.freshet.cache.internal.fence;

import dev.freshet.bus.ResetReason;
import dev.freshet.bus.TimeSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The entries that a reset has left readable for a while, each until a moment of its own, so that their loads do not all
 * fall on the source at once. Immutable.
 *
 * <p>Why "confirmed" stays true: such an entry reflects every change before the last confirmation <em>before</em> the reset.
 * The age of that confirmation goes on growing, by the larger of both clocks, and the window ends at the latest when the age
 * reaches the region's bound. So an entry that is called confirmed is never older than the bound allows.
 */
public final class ResetSpread {

    /** How many earlier resets are remembered in a window; entries that only an older one spared become misses at once. */
    private static final int MAX_EARLIER = 3;

    /** Entries whose mark is lower are not spared by this one: an earlier reset or clearing had named them. */
    private final long since;

    /** The reset's counter; entries whose mark is there or beyond were stored after it. */
    final long counter;

    private final TimeSource time;
    private final long seed;
    private final long windowNanos;
    private final long confirmedAgeNanos;
    private final long resetNanos;
    private final long resetWallMicros;
    private final @Nullable ResetSpread earlier;

    private ResetSpread(Window window, long since, long counter, @Nullable ResetSpread earlier) {
        this.since = since;
        this.counter = counter;
        this.time = window.time;
        this.seed = window.seed + counter;
        this.windowNanos = window.windowNanos;
        this.confirmedAgeNanos = window.confirmedAgeNanos;
        this.resetNanos = window.resetNanos;
        this.resetWallMicros = window.resetWallMicros;
        this.earlier = earlier;
    }

    /**
     * How long a reset that happens now spares entries at most.
     *
     * @param confirmedAgeNanos how old the last confirmation was then; read after the two clocks, so that what is made of
     *     all three is never too young
     */
    public record Window(
            TimeSource time,
            long seed,
            long windowNanos,
            long confirmedAgeNanos,
            long resetNanos,
            long resetWallMicros) {

        /**
         * Returns null if nothing is to be spared: there is no confirmation, or its age has reached the bound.
         *
         * @param confirmedAgeNanos asked once, after both clocks
         * @param boundNanos the age at which a region is no longer confirmed
         */
        public static @Nullable Window of(
                TimeSource time, long seed, long atMostNanos, LongSupplier confirmedAgeNanos, long boundNanos) {
            long resetNanos = time.nanoTime();
            long resetWallMicros = time.wallMicros();
            long ageNanos = confirmedAgeNanos.getAsLong();
            if (atMostNanos <= 0 || ageNanos >= boundNanos) {
                return null;
            }
            long windowNanos = Math.min(atMostNanos, boundNanos - ageNanos);
            return new Window(time, seed, windowNanos, ageNanos, resetNanos, resetWallMicros);
        }
    }

    /**
     * The spread of a reset.
     *
     * @param since the counter of the last reset or clearing before it
     * @param former the spread that was in force, or null
     */
    public static ResetSpread of(Window window, long since, long counter, @Nullable ResetSpread former) {
        ResetSpread earlier = former != null && former.counter == since ? former.upTo(MAX_EARLIER - 1) : null;
        return new ResetSpread(window, since, counter, earlier);
    }

    private ResetSpread upTo(int deeper) {
        if (earlier == null) {
            return this;
        }
        Window same = new Window(time, seed - counter, windowNanos, confirmedAgeNanos, resetNanos, resetWallMicros);
        return new ResetSpread(same, since, counter, deeper == 0 ? null : earlier.upTo(deeper - 1));
    }

    /**
     * Whether a reset for this reason may be spread. Where continuity was lost, all that was confirmed before still holds. A
     * record in hand that cannot be applied is another matter: it names something that must not be read any more.
     */
    public static boolean leavesTime(ResetReason reason) {
        return switch (reason) {
            case EPOCH, HEAD_BEHIND, SERVER, TRIMMED -> true;
            case UNREADABLE, FOREIGN, READER_FAILED, OVERFLOW -> false;
        };
    }

    /** Which reset has the say over an entry with this mark; null: none of these, it is not spared. */
    static @Nullable ResetSpread covering(@Nullable ResetSpread newest, long mark) {
        for (ResetSpread spread = newest; spread != null && mark < spread.counter; spread = spread.earlier) {
            if (mark >= spread.since) {
                return spread;
            }
        }
        return null;
    }

    /** Whether the key's moment is still to come. */
    boolean spares(String key) {
        return elapsedNanos() < momentNanos(key);
    }

    /** Where in the window a key's moment lies: evenly spread, another one each time and in each process. */
    private long momentNanos(String key) {
        return (long) (fraction(key.hashCode() * 0x9E37_79B9_7F4A_7C15L + seed) * windowNanos);
    }

    /** Turns any bits into an even fraction of one (SplitMix64). */
    public static double fraction(long bits) {
        long mixed = (bits ^ (bits >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return ((mixed ^ (mixed >>> 31)) >>> 11) * 0x1p-53;
    }

    /** How old the last confirmation before the reset is by now. */
    long confirmedAgeNanos() {
        return confirmedAgeNanos + elapsedNanos();
    }

    private long elapsedNanos() {
        long monotonicNanos = time.nanoTime() - resetNanos;
        long wallNanos = (time.wallMicros() - resetWallMicros) * 1_000;
        return Math.max(0, Math.max(monotonicNanos, wallNanos));
    }

    /** Whether every moment of this and the earlier ones has passed. */
    boolean isOver() {
        return elapsedNanos() >= windowNanos && (earlier == null || earlier.isOver());
    }

    /** The counter of the oldest reset among these. */
    long oldestCounter() {
        return earlier == null ? counter : earlier.oldestCounter();
    }
}
