package dev.freshet.demo.check;

import dev.freshet.schema.Position;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Knows the truth about every user and judges every answer by it.
 *
 * <p>Each write gives a user's row the next version. Once a write was <em>acknowledged</em> (committed in the database, and
 * its invalidation acknowledged by the publisher), its version is current. A read is <em>stale</em> if it returns a version
 * although a higher one was acknowledged before the read began. Let {@code t} be the earliest moment at which any higher
 * version was acknowledged, and {@code s} the moment at which the read began. A stale read is <b>outside the window</b> if
 * at least one of these holds, and <b>inside the window</b> otherwise:
 *
 * <ol>
 *   <li>it was not a hit: the application asked its database after {@code s}, which has no excuse;
 *   <li><em>the claim</em>: {@code t ≤ s − min(age, bound)}, where {@code age} is the {@code Freshet-Confirmed-Age} that the
 *       subscriber gave with this very answer (none given: 0), and {@code bound} is what the region's policy promises
 *       whatever happens;
 *   <li><em>the proof</em>: the subscriber was known to have applied the invalidation. It is known as soon as an answer of
 *       that replica's subscriber to a read with {@code Min-Position} at or behind that invalidation has arrived before
 *       {@code s}, and for that read itself.
 * </ol>
 *
 * <p>All moments are of one monotonic clock, that of the process which drives the load. {@code t} is when the answer to the
 * write arrived, so its invalidation was appended before; {@code s} is when the read was sent, so its answer was given
 * after. A read is therefore never blamed for an invalidation that was not yet in the log.
 *
 * <p>Positions of different epochs are compared by when their writes were acknowledged: who applied a position of a later
 * epoch dropped everything on the way there.
 *
 * <p>One thread calls {@link #wrote} and {@link #judge}; the counters may be read from any.
 */
public final class StalenessChecker {

    /** What a user's history is cut to; a version before it was replaced long ago, and counts as just as old as the cut. */
    private static final int MAX_WRITES_PER_USER = 1_000;

    /** How an answer is judged. */
    public enum Verdict {
        /** Nothing newer was acknowledged when the read began. */
        FRESH,
        /** Stale, as the subscriber said that it might be. */
        STALE_INSIDE_WINDOW,
        /** Stale, and it must not have been. */
        STALE_OUTSIDE_WINDOW
    }

    /**
     * An acknowledged write of one user.
     *
     * @param position of its invalidation
     * @param acknowledgedNanos when the answer arrived
     */
    public record Write(Position position, long acknowledgedNanos) {

        /** Whether a replica that has applied the other one has applied this one. */
        boolean isCoveredBy(Write other) {
            return position.epoch() == other.position.epoch()
                    ? position.sequence() <= other.position.sequence()
                    : acknowledgedNanos <= other.acknowledgedNanos;
        }
    }

    /**
     * An answer to a read.
     *
     * @param user whose row
     * @param version what was returned
     * @param hit whether it came out of the cache
     * @param confirmedAgeNanos what the subscriber claimed with it; 0 if it claimed nothing
     * @param applied the last write that the subscriber was known to have applied when the read began, or that it was told
     *     to wait for; null: none
     * @param begunNanos when the read began
     */
    public record Read(
            long user,
            long version,
            boolean hit,
            long confirmedAgeNanos,
            @Nullable Write applied,
            long begunNanos) {}

    private final long boundNanos;
    private final Map<Long, NavigableMap<Long, Write>> writesByUser = new HashMap<>();
    private final AtomicLong insideWindow = new AtomicLong();
    private final AtomicLong outsideWindow = new AtomicLong();
    private final AtomicLong oldestInsideNanos = new AtomicLong();

    /**
     * @param bound how stale an answer may be at most, whatever its subscriber claims
     */
    public StalenessChecker(Duration bound) {
        this.boundNanos = bound.toNanos();
    }

    /** Notes an acknowledged write. */
    public void wrote(long user, long version, Write write) {
        NavigableMap<Long, Write> writes = writesByUser.computeIfAbsent(user, id -> new TreeMap<>());
        writes.put(version, write);
        if (writes.size() > MAX_WRITES_PER_USER) {
            writes.pollFirstEntry();
        }
    }

    /** Judges an answer and counts it. */
    public Verdict judge(Read read) {
        NavigableMap<Long, Write> writes = writesByUser.get(read.user());
        if (writes == null) {
            return Verdict.FRESH;
        }
        boolean stale = false;
        boolean outside = false;
        long oldestNanos = 0;
        for (Write newer : writes.tailMap(read.version(), false).values()) {
            long sinceNanos = read.begunNanos() - newer.acknowledgedNanos();
            if (sinceNanos <= 0) {
                continue;
            }
            stale = true;
            oldestNanos = Math.max(oldestNanos, sinceNanos);
            outside |= !read.hit()
                    || sinceNanos >= Math.min(read.confirmedAgeNanos(), boundNanos)
                    || (read.applied() != null && newer.isCoveredBy(read.applied()));
        }
        if (!stale) {
            return Verdict.FRESH;
        }
        if (outside) {
            outsideWindow.incrementAndGet();
            return Verdict.STALE_OUTSIDE_WINDOW;
        }
        insideWindow.incrementAndGet();
        oldestInsideNanos.accumulateAndGet(oldestNanos, Math::max);
        return Verdict.STALE_INSIDE_WINDOW;
    }

    /** How many reads were stale as the subscriber said that they might be. */
    public long staleInsideWindow() {
        return insideWindow.get();
    }

    /** How many reads were stale that must not have been. */
    public long staleOutsideWindow() {
        return outsideWindow.get();
    }

    /** The longest time between the acknowledgement of a write and the begin of a read inside the window that missed it. */
    public Duration oldestInsideWindow() {
        return Duration.ofNanos(oldestInsideNanos.get());
    }
}
