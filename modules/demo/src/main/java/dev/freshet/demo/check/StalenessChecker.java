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
 * Knows the true version of every user and judges every answer by it.
 *
 * <p>Each write gives a user's row the next version. Once a write was <em>acknowledged</em> (committed in the database, and
 * its invalidation acknowledged by the publisher), its version is current. A read is <em>stale</em> if it returns a version
 * although a higher one was acknowledged before the read began. Let {@code t} be the earliest moment at which any higher
 * version was acknowledged, and {@code s} the moment at which the read began. A stale read is <b>outside the window</b> if
 * at least one of these holds, and <b>inside the window</b> otherwise:
 *
 * <ol>
 *   <li>It was not a hit. The application read its database after {@code s}, so it had the newer version.
 *   <li><em>The claim</em>: {@code t ≤ s − min(age, bound)}. Here {@code age} is the {@code Freshet-Confirmed-Age} of this very
 *       answer (0 if it has none), and {@code bound} is what the region's policy promises in any case.
 *   <li><em>The proof</em>: the subscriber was known to have applied the invalidation. It is known for a read with {@code
 *       Min-Position} at or after that invalidation, and for all reads that begin after the answer to such a read has arrived
 *       from that replica's subscriber.
 * </ol>
 *
 * <p>All moments are on one monotonic clock, that of the process that drives the load. {@code t} is when the answer to the
 * write arrived, so its invalidation was appended before. {@code s} is when the read was sent, so it was answered after. A read
 * is therefore never blamed for an invalidation that was not in the log yet.
 *
 * <p>Positions of different epochs are compared by the time of acknowledgement of their writes: a subscriber that applied a
 * position of a later epoch has dropped everything before it.
 *
 * <p>One thread calls {@link #wrote} and {@link #judge}. The counters may be read from any thread.
 */
public final class StalenessChecker {

    /** The maximum history of a user. Older versions were replaced long ago and count as being as old as the oldest kept. */
    private static final int MAX_WRITES_PER_USER = 1_000;

    /** The judgement of an answer. */
    public enum Verdict {
        /** No newer version was acknowledged when the read began. */
        FRESH,
        /** Stale, as the subscriber said that it might be. */
        STALE_INSIDE_WINDOW,
        /** Stale, although it must not be. */
        STALE_OUTSIDE_WINDOW
    }

    /**
     * An acknowledged write of one user.
     *
     * @param position the position of its invalidation
     * @param acknowledgedNanos when the answer arrived
     */
    public record Write(Position position, long acknowledgedNanos) {

        /** Returns whether a replica that has applied the other write has applied this one. */
        boolean isCoveredBy(Write other) {
            return position.epoch() == other.position.epoch()
                    ? position.sequence() <= other.position.sequence()
                    : acknowledgedNanos <= other.acknowledgedNanos;
        }
    }

    /**
     * An answer to a read.
     *
     * @param user the user that was read
     * @param version the returned version
     * @param hit whether it came from the cache
     * @param confirmedAgeNanos the confirmed age that the subscriber claimed; 0 if none
     * @param applied the last write that the subscriber was known to have applied when the read began, or had to wait for;
     *     null: none
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

    /** Records an acknowledged write. */
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

    /** Returns the number of reads that were stale as the subscriber said that they might be. */
    public long staleInsideWindow() {
        return insideWindow.get();
    }

    /** Returns the number of reads that were stale although they must not be. */
    public long staleOutsideWindow() {
        return outsideWindow.get();
    }

    /** Returns the longest time from a write's acknowledgement to the begin of a read inside the window that missed it. */
    public Duration oldestInsideWindow() {
        return Duration.ofNanos(oldestInsideNanos.get());
    }
}
