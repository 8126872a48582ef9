package dev.freshet.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A cached value, or its cached absence. Kept small: there may be a million. What only some need is in the classes that extend
 * it: the last read in {@link StampedEntry}, tags, limits and a weight of their own in {@link DetailedEntry}.
 */
class Entry<V> {

    /** The last read of an entry that nobody read. */
    static final long NEVER_READ = Long.MIN_VALUE;

    private static final VarHandle VALID_THROUGH;

    static {
        try {
            VALID_THROUGH = MethodHandles.lookup().findVarHandle(Entry.class, "validThrough", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** What a store said about its value. */
    static final class Details {
        static final Details NONE = new Details(new String[0], false, 0, OptionalLong.empty());

        final String[] tags;
        final boolean hasDeadline;
        final long deadlineNanos;
        final boolean hasVersion;
        final long version;

        Details(String[] tags, boolean hasDeadline, long deadlineNanos, OptionalLong version) {
            this.tags = tags;
            this.hasDeadline = hasDeadline;
            this.deadlineNanos = deadlineNanos;
            this.hasVersion = version.isPresent();
            this.version = version.orElse(0);
        }

        OptionalLong version() {
            return hasVersion ? OptionalLong.of(version) : OptionalLong.empty();
        }
    }

    final @Nullable V value;
    final long storedAtNanos;

    /** No invalidation up to this value of the region's counter concerns this entry. Only grows. */
    @SuppressWarnings("UnusedVariable") // through its handle
    private long validThrough;

    Entry(@Nullable V value, long storedAtNanos, long validThrough) {
        this.value = value;
        this.storedAtNanos = storedAtNanos;
        this.validThrough = validThrough;
    }

    /** Whether it has no limit of its own, so that a region without any may return it without a look at the clock. */
    boolean isTimeless() {
        return true;
    }

    Details details() {
        return Details.NONE;
    }

    int weightBytes() {
        return 0;
    }

    /** Whether the reader is the one to load it anew, see {@link RefreshableEntry}. */
    boolean winsRefresh(long nowNanos, long againAfterNanos) {
        return false;
    }

    long validThrough() {
        return (long) VALID_THROUGH.getOpaque(this);
    }

    void advanceValidThrough(long to) {
        long from = validThrough();
        while (from < to && !VALID_THROUGH.compareAndSet(this, from, to)) {
            from = validThrough();
        }
    }

    /** Notes a read, where anything asks for it. */
    void stampRead(long nowNanos) {}

    long lastReadNanos() {
        return NEVER_READ;
    }

    boolean wasReadSince(long nanos) {
        long last = lastReadNanos();
        return last != NEVER_READ && last - nanos >= 0;
    }
}
