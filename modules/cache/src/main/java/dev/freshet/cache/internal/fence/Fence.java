package dev.freshet.cache.internal.fence;

import dev.freshet.cache.EvictionCause;
import org.jspecify.annotations.Nullable;

/** That a tag, a prefix or the whole region was invalidated: what is older than its counter must not be read or stored. */
public final class Fence {

    /** Stands for a change of which the time is not known. */
    public static final long UNKNOWN_NANOS = Long.MIN_VALUE;

    /** Before everything. */
    static final Fence NONE = new Fence(EvictionCause.ALL, 0, UNKNOWN_NANOS, UNKNOWN_NANOS, null);

    /**
     * How many earlier invalidations of the same name are remembered for the sake of their change times. Beyond it a stale
     * read is measured against a later change, and may go uncounted.
     */
    private static final int MAX_EARLIER = 8;

    public final EvictionCause cause;
    final long counter;
    public final long changedAtNanos;

    /** When what it names stopped being valid, at the latest; {@link #UNKNOWN_NANOS}: nobody knows for how long it was not. */
    final long stoppedNanos;

    private final @Nullable Fence earlier;

    private Fence(EvictionCause cause, long counter, long changedAtNanos, long stoppedNanos, @Nullable Fence earlier) {
        this.cause = cause;
        this.counter = counter;
        this.changedAtNanos = changedAtNanos;
        this.stoppedNanos = stoppedNanos;
        this.earlier = earlier;
    }

    /** The fence that replaces {@code earlier}, of which what is retired is forgotten. */
    static Fence after(
            @Nullable Fence earlier,
            long retiredThrough,
            EvictionCause cause,
            long counter,
            long changedAtNanos,
            long stoppedNanos) {
        return new Fence(cause, counter, changedAtNanos, stoppedNanos, kept(earlier, retiredThrough, MAX_EARLIER));
    }

    private static @Nullable Fence kept(@Nullable Fence fence, long retiredThrough, int room) {
        if (fence == null || fence.counter <= retiredThrough || room == 0) {
            return null;
        }
        Fence earlier = kept(fence.earlier, retiredThrough, room - 1);
        // The last that there is room for stands for those before it, and must not claim a later moment than they did.
        long stopped = earlier == null ? firstStopped(fence, retiredThrough) : fence.stoppedNanos;
        return new Fence(fence.cause, fence.counter, fence.changedAtNanos, stopped, earlier);
    }

    private static long firstStopped(Fence newest, long retiredThrough) {
        long first = newest.stoppedNanos;
        for (Fence fence = newest.earlier; fence != null && fence.counter > retiredThrough; fence = fence.earlier) {
            first = earlierOf(first, fence.stoppedNanos);
        }
        return first;
    }

    /** The earlier of two moments on the monotonic clock; what is unknown is earlier than everything. */
    public static long earlierOf(long oneNanos, long otherNanos) {
        if (oneNanos == UNKNOWN_NANOS || otherNanos == UNKNOWN_NANOS) {
            return UNKNOWN_NANOS;
        }
        return oneNanos - otherNanos <= 0 ? oneNanos : otherNanos;
    }

    /** The first of these invalidations that concerned what was valid through {@code since}. */
    public Fence firstAfter(long since) {
        Fence first = this;
        for (Fence fence = this; fence != null && fence.counter > since; fence = fence.earlier) {
            first = fence;
        }
        return first;
    }
}
