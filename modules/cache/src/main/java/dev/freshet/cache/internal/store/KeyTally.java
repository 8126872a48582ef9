package dev.freshet.cache.internal.store;

import dev.freshet.cache.EvictionCause;

/** How many entries the keys of one record evicted, so that it is told once. Used by one thread. */
public final class KeyTally {

    private long evicted;
    private long stale;

    void add(boolean wasStale) {
        evicted++;
        if (wasStale) {
            stale++;
        }
    }

    public long evicted() {
        return evicted;
    }

    public void tell(Recorder recorder) {
        recorder.evicted(EvictionCause.KEY, evicted, stale);
    }
}
