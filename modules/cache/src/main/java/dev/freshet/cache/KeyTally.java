package dev.freshet.cache;

/** How many entries the keys of one record evicted, so that it is told once. Used by one thread. */
final class KeyTally {

    private long evicted;
    private long stale;

    void add(boolean wasStale) {
        evicted++;
        if (wasStale) {
            stale++;
        }
    }

    long evicted() {
        return evicted;
    }

    void tell(Recorder recorder) {
        recorder.evicted(EvictionCause.KEY, evicted, stale);
    }
}
