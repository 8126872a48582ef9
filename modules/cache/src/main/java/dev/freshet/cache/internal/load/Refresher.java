package dev.freshet.cache.internal.load;

import dev.freshet.cache.AsyncLoader;
import dev.freshet.cache.Loader;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;

/**
 * Refreshes hot entries in the background, before they end. Bounded by the executor: a refresh that it rejects is dropped and
 * counted, and the next reader after the lease's time tries again.
 */
public final class Refresher<V> {

    private final RegionCacheConfig<V> config;
    private final SingleFlight<V> loads;
    private final Recorder recorder;
    private final boolean isOn;

    public Refresher(RegionCacheConfig<V> config, SingleFlight<V> loads, Recorder recorder) {
        this.config = config;
        this.loads = loads;
        this.recorder = recorder;
        this.isOn = config.policies().refreshAfterNanos() > 0;
    }

    /** Whether a reader of the hit is to refresh it. Does not say that this one is, and does not change that. */
    public boolean isDue(Entry<V> entry) {
        return isOn && entry.isRefreshDue(config.time().nanoTime());
    }

    /** Whether the reader of a hit is the one to refresh it. */
    public boolean isWonBy(Entry<V> entry, long nowNanos) {
        if (!isOn || !entry.winsRefresh(nowNanos, config.leaseTtlNanos())) {
            return false;
        }
        recorder.refreshed();
        return true;
    }

    /** Begins to refresh the hit, if its reader is the one to do that. The load holds no thread. */
    public void readAsync(String key, Entry<V> entry, AsyncLoader<V> loader) {
        if (isOn && isWonBy(entry, config.time().nanoTime())) {
            loads.refreshAsync(key, loader);
        }
    }

    /** Refreshes the hit in the background, if its reader is the one to do that. */
    public void read(String key, Entry<V> entry, Loader<V> loader) {
        if (!isOn || !isWonBy(entry, config.time().nanoTime())) {
            return;
        }
        try {
            config.policies().refreshExecutor().execute(() -> loads.refresh(key, loader));
        } catch (Throwable rejected) {
            recorder.refreshRejected();
        }
    }
}
