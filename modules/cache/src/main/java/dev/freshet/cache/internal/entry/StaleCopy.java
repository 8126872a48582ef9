package dev.freshet.cache.internal.entry;

/**
 * What is left of an entry that is no longer valid, where a region may serve it when a load fails. It lies where the entry
 * lay and weighs what it weighed, so the region's limits cover it; no ordinary read, count or fence takes it for an entry.
 */
public final class StaleCopy<V> extends DetailedEntry<V> {

    /** When it stopped being valid; at the latest, where that is not known exactly. */
    public final long stoppedNanos;

    public StaleCopy(Entry<V> entry, long stoppedNanos) {
        super(entry.value, entry.details(), entry.weightBytes(), entry.storedAtNanos, entry.validThrough());
        this.stoppedNanos = stoppedNanos;
    }

    @Override
    public boolean isTimeless() {
        return false;
    }
}
