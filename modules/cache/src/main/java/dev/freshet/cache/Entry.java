package dev.freshet.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A cached value, or its cached absence. Kept small: there may be a million; what most do not have is in {@link Details}. */
class Entry<V> {

    /** The last read of an entry that nobody read. */
    static final long NEVER_READ = Long.MIN_VALUE;

    /** Reads closer together than this are stamped as one, so that a hot entry's cache line is not written on each. */
    private static final long STAMP_RESOLUTION_NANOS = 1_000;

    private static final VarHandle VALID_THROUGH;
    private static final VarHandle LAST_READ_NANOS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            VALID_THROUGH = lookup.findVarHandle(Entry.class, "validThrough", long.class);
            LAST_READ_NANOS = lookup.findVarHandle(Entry.class, "lastReadNanos", long.class);
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
    final Details details;
    final int weightBytes;
    final long storedAtNanos;

    /** No invalidation up to this value of the region's counter concerns this entry. Only grows. */
    @SuppressWarnings("UnusedVariable") // through its handle
    private long validThrough;

    @SuppressWarnings("UnusedVariable") // through its handle
    private long lastReadNanos = NEVER_READ;

    Entry(@Nullable V value, Details details, int weightBytes, long storedAtNanos, long validThrough) {
        this.value = value;
        this.details = details;
        this.weightBytes = weightBytes;
        this.storedAtNanos = storedAtNanos;
        this.validThrough = validThrough;
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

    void stampRead(long nowNanos) {
        long last = lastReadNanos();
        if (last == NEVER_READ || nowNanos - last >= STAMP_RESOLUTION_NANOS) {
            LAST_READ_NANOS.setOpaque(this, nowNanos);
        }
    }

    long lastReadNanos() {
        return (long) LAST_READ_NANOS.getOpaque(this);
    }

    boolean wasReadSince(long nanos) {
        long last = lastReadNanos();
        return last != NEVER_READ && last - nanos >= 0;
    }
}
