package dev.freshet.bus;

import org.jspecify.annotations.Nullable;

/**
 * The moment up to which a subscriber has proof that it applied everything that was appended. One thread writes it. Any thread
 * reads it, and sees one whole confirmation.
 *
 * <p>The age is the larger of what has passed on the monotonic and on the wall clock. So a process that was frozen, or whose
 * machine was suspended, finds its confirmation old before it serves from it.
 */
public final class Confirmation {

    /** The age before the first confirmation. */
    public static final long NEVER = Long.MAX_VALUE;

    private record AsOf(long nanoTime, long wallMicros, long redisMicros) {}

    private final TimeSource time;
    private volatile @Nullable AsOf asOf;

    public Confirmation(TimeSource time) {
        this.time = time;
    }

    /** Returns how long ago that moment is, in nanoseconds; {@link #NEVER} if there is none. */
    public long ageNanos() {
        AsOf current = asOf;
        if (current == null) {
            return NEVER;
        }
        long monotonicNanos = time.nanoTime() - current.nanoTime;
        long wallNanos = (time.wallMicros() - current.wallMicros) * 1_000;
        return Math.max(0, Math.max(monotonicNanos, wallNanos));
    }

    /** Returns that moment in microseconds on the Redis clock; 0 if there is none. */
    public long confirmedAtMicros() {
        AsOf current = asOf;
        return current == null ? 0 : current.redisMicros;
    }

    /** Notes a proof. The three arguments are one moment on three clocks, taken before the proof was asked for. */
    public void confirm(long nanoTime, long wallMicros, long redisMicros) {
        asOf = new AsOf(nanoTime, wallMicros, redisMicros);
    }
}
