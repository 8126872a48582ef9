package dev.freshet.cache.internal.entry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A cached value, or its cached absence. Kept small: there may be a million. What only some need is in the classes that extend
 * it: the last read in {@link StampedEntry}, tags, limits and a weight of their own in {@link DetailedEntry}.
 */
public class Entry<V> {

    /** The last read of an entry that nobody read. */
    public static final long NEVER_READ = Long.MIN_VALUE;

    private static final VarHandle VALID_THROUGH;

    static {
        try {
            VALID_THROUGH = MethodHandles.lookup().findVarHandle(Entry.class, "validThrough", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** What a store said about its value. */
    public static final class Details {
        public static final Details NONE = new Details(new String[0], false, 0, OptionalLong.empty());

        public final String[] tags;
        public final boolean hasDeadline;
        public final long deadlineNanos;
        public final boolean hasVersion;
        public final long version;

        public Details(String[] tags, boolean hasDeadline, long deadlineNanos, OptionalLong version) {
            this.tags = tags;
            this.hasDeadline = hasDeadline;
            this.deadlineNanos = deadlineNanos;
            this.hasVersion = version.isPresent();
            this.version = version.orElse(0);
        }

        public OptionalLong version() {
            return hasVersion ? OptionalLong.of(version) : OptionalLong.empty();
        }
    }

    public final @Nullable V value;
    public final long storedAtNanos;

    /** No invalidation up to this value of the region's counter concerns this entry. Only grows. */
    @SuppressWarnings("UnusedVariable") // through its handle
    private long validThrough;

    public Entry(@Nullable V value, long storedAtNanos, long validThrough) {
        this.value = value;
        this.storedAtNanos = storedAtNanos;
        this.validThrough = validThrough;
    }

    /** Whether it has no limit of its own, so that a region without any may return it without a look at the clock. */
    public boolean isTimeless() {
        return true;
    }

    public Details details() {
        return Details.NONE;
    }

    public int weightBytes() {
        return 0;
    }

    /** Whether a reader is to refresh it, see {@link RefreshableEntry}. */
    public boolean isRefreshDue(long nowNanos) {
        return false;
    }

    /** Whether the reader is the one to refresh it, see {@link RefreshableEntry}. */
    public boolean winsRefresh(long nowNanos, long againAfterNanos) {
        return false;
    }

    public long validThrough() {
        return (long) VALID_THROUGH.getOpaque(this);
    }

    public void advanceValidThrough(long to) {
        long from = validThrough();
        while (from < to && !VALID_THROUGH.compareAndSet(this, from, to)) {
            from = validThrough();
        }
    }

    /** Notes a read, where anything asks for it. */
    public void stampRead(long nowNanos) {}

    public long lastReadNanos() {
        return NEVER_READ;
    }

    public boolean wasReadSince(long nanos) {
        long last = lastReadNanos();
        return last != NEVER_READ && last - nanos >= 0;
    }
}
