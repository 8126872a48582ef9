package dev.freshet.cache.internal.entry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** An entry that knows when it was read last, for regions that ask for it. */
public class StampedEntry<V> extends Entry<V> {

    /** Reads closer together than this are stamped as one, so that a hot entry's cache line is not written on each. */
    private static final long STAMP_RESOLUTION_NANOS = 1_000;

    private static final VarHandle LAST_READ_NANOS;

    static {
        try {
            LAST_READ_NANOS = MethodHandles.lookup().findVarHandle(StampedEntry.class, "lastReadNanos", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    @SuppressWarnings("UnusedVariable") // through its handle
    private long lastReadNanos = NEVER_READ;

    public StampedEntry(@Nullable V value, long storedAtNanos, long validThrough) {
        super(value, storedAtNanos, validThrough);
    }

    @Override
    public void stampRead(long nowNanos) {
        long last = lastReadNanos();
        if (last == NEVER_READ || nowNanos - last >= STAMP_RESOLUTION_NANOS) {
            LAST_READ_NANOS.setOpaque(this, nowNanos);
        }
    }

    @Override
    public long lastReadNanos() {
        return (long) LAST_READ_NANOS.getOpaque(this);
    }
}
