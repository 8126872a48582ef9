package dev.freshet.cache.internal.entry;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/** An entry of a region that refreshes hot entries before they end. */
public final class RefreshableEntry<V> extends DetailedEntry<V> {

    @SuppressWarnings("rawtypes") // a field's updater knows no type arguments
    private static final AtomicLongFieldUpdater<RefreshableEntry> DUE_NANOS =
            AtomicLongFieldUpdater.newUpdater(RefreshableEntry.class, "dueNanos");

    private volatile long dueNanos;

    public RefreshableEntry(
            @Nullable V value, Details details, int weightBytes, long storedAtNanos, long validThrough, long dueNanos) {
        super(value, details, weightBytes, storedAtNanos, validThrough);
        this.dueNanos = dueNanos;
    }

    @Override
    public boolean isRefreshDue(long nowNanos) {
        return nowNanos - dueNanos >= 0;
    }

    /** Of the readers that come when a refresh is due, one wins; if the entry is still here later, another may win. */
    @Override
    public boolean winsRefresh(long nowNanos, long againAfterNanos) {
        long due = dueNanos;
        return nowNanos - due >= 0 && DUE_NANOS.compareAndSet(this, due, nowNanos + againAfterNanos);
    }
}
