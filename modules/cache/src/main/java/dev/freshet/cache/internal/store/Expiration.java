package dev.freshet.cache.internal.store;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.fence.Fence;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * When entries end. The cache keeps this itself rather than leave it to Caffeine: one reading of the clock then serves the
 * limit, the last-read stamp and the age, and a read is exact though memory is freed later, by the sweeper.
 */
public record Expiration(long afterWriteNanos, long afterAccessNanos) {

    /** No limit; also what longer ones are cut to: 146 years, so that sums of nanoseconds do not overflow. */
    public static final long UNLIMITED_NANOS = Long.MAX_VALUE / 2;

    /** Returns how long an entry may still be read; 0 or less: it is expired; {@link #UNLIMITED_NANOS}: it does not expire. */
    public long endsInNanos(Entry<?> entry, long nowNanos) {
        long left = UNLIMITED_NANOS;
        if (afterWriteNanos != UNLIMITED_NANOS) {
            left = Math.min(left, entry.storedAtNanos + afterWriteNanos - nowNanos);
        }
        if (afterAccessNanos != UNLIMITED_NANOS) {
            long lastRead = entry.lastReadNanos();
            long lastUsed = lastRead == Entry.NEVER_READ ? entry.storedAtNanos : lastRead;
            left = Math.min(left, lastUsed + afterAccessNanos - nowNanos);
        }
        return entry.details().hasDeadline ? Math.min(left, entry.details().deadlineNanos - nowNanos) : left;
    }

    boolean isExpired(Entry<?> entry, long nowNanos) {
        if (afterWriteNanos != UNLIMITED_NANOS && nowNanos - entry.storedAtNanos >= afterWriteNanos) {
            return true;
        }
        if (afterAccessNanos != UNLIMITED_NANOS) {
            long lastRead = entry.lastReadNanos();
            long lastUsed = lastRead == Entry.NEVER_READ ? entry.storedAtNanos : lastRead;
            if (nowNanos - lastUsed >= afterAccessNanos) {
                return true;
            }
        }
        return entry.details().hasDeadline && nowNanos - entry.details().deadlineNanos >= 0;
    }

    /** When an entry that is expired ended. */
    long endedNanos(Entry<?> entry, long nowNanos) {
        long ended = nowNanos;
        if (afterWriteNanos != UNLIMITED_NANOS) {
            ended = Fence.earlierOf(ended, entry.storedAtNanos + afterWriteNanos);
        }
        if (afterAccessNanos != UNLIMITED_NANOS) {
            long lastRead = entry.lastReadNanos();
            long lastUsed = lastRead == Entry.NEVER_READ ? entry.storedAtNanos : lastRead;
            ended = Fence.earlierOf(ended, lastUsed + afterAccessNanos);
        }
        return entry.details().hasDeadline ? Fence.earlierOf(ended, entry.details().deadlineNanos) : ended;
    }

    /** How long the region lets an entry live that nobody reads. */
    public long regionNanos() {
        return Math.min(afterWriteNanos, afterAccessNanos);
    }

    /** How long an entry that is stored now lives unless it is read. */
    long lifetimeNanos(Entry.Details details, long nowNanos) {
        return details.hasDeadline
                ? Math.min(regionNanos(), Math.max(0, details.deadlineNanos - nowNanos))
                : regionNanos();
    }

    /** A lower bound of how long an entry that is stored with these options lives. */
    public long leastLifetimeNanos(StoreOptions options, TimeSource time) {
        return Math.min(regionNanos(), ttlNanos(options, time));
    }

    /** What the options say, on the monotonic clock. */
    public static Entry.Details details(StoreOptions options, TimeSource time, long nowNanos) {
        List<String> tags = options.tags();
        boolean hasDeadline = options.ttl().isPresent() || options.deadline().isPresent();
        if (!hasDeadline && tags.isEmpty() && options.version().isEmpty()) {
            return Entry.Details.NONE;
        }
        return new Entry.Details(
                tags.toArray(String[]::new), hasDeadline, nowNanos + ttlNanos(options, time), options.version());
    }

    private static long ttlNanos(StoreOptions options, TimeSource time) {
        long ttlNanos = options.ttl().map(Expiration::nanos).orElse(UNLIMITED_NANOS);
        if (options.deadline().isEmpty()) {
            return ttlNanos;
        }
        Instant now = Instant.EPOCH.plus(time.wallMicros(), ChronoUnit.MICROS);
        return Math.min(ttlNanos, nanos(Duration.between(now, options.deadline().get())));
    }

    /** The duration in nanoseconds, between 0 and {@link #UNLIMITED_NANOS}. */
    public static long nanos(Duration duration) {
        if (duration.isNegative()) {
            return 0;
        }
        return duration.toSeconds() >= UNLIMITED_NANOS / 1_000_000_000 ? UNLIMITED_NANOS : duration.toNanos();
    }
}
