package dev.freshet.cache.internal.load;

import dev.freshet.cache.Lease;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.Loaded;
import dev.freshet.cache.Lookup.Hit;
import dev.freshet.cache.RecursiveLoadException;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.entry.StaleCopy;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.ConfirmationGate;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import org.jspecify.annotations.Nullable;

/** Says what is known about an entry that was read. Safe to use from any thread. */
public final class Results<V> {

    private final RegionCacheConfig<V> config;
    private final CoherentStore<V> store;
    private final ConfirmationGate serving;
    private final Recorder recorder;

    public Results(RegionCacheConfig<V> config, CoherentStore<V> store, ConfirmationGate serving, Recorder recorder) {
        this.config = config;
        this.store = store;
        this.serving = serving;
        this.recorder = recorder;
    }

    /** Whether the entry is from before a reset that is spread. */
    public boolean isSpared(Entry<V> entry) {
        return config.policies().resetSpreadNanos() > 0 && store.fences().isSpared(entry);
    }

    /** Returns null if the entry's moment came after it was read. */
    @Nullable
    public Hit<V> hit(Entry<V> entry, long nowNanos, long regionConfirmedAgeNanos) {
        long confirmedAgeNanos = regionConfirmedAgeNanos;
        if (isSpared(entry)) {
            confirmedAgeNanos = store.fences().sparedAgeNanos(entry);
            if (confirmedAgeNanos > serving.afterNanos()) {
                return null;
            }
        }
        return new Hit<>(
                entry.value,
                Math.max(0, nowNanos - entry.storedAtNanos),
                entry.details().tags.length,
                entry.details().version(),
                serving.state(confirmedAgeNanos),
                confirmedAgeNanos,
                0,
                null);
    }

    /**
     * What a load brought. If that is what is cached now, it is worth what a hit is worth; if not, nothing is known of it but
     * what was known when the caller came, and that has grown older meanwhile, by as much as the load took.
     *
     * @param calledNanos when the caller came, which is before it began or joined the load
     * @param ageThenNanos how old the confirmation was then
     */
    public Loaded<V> loaded(String key, @Nullable V value, long calledNanos, long ageThenNanos) {
        long confirmedAgeNanos = serving.confirmedAgeNanos(); // before the look
        long nowNanos = config.time().nanoTime();
        Entry<V> entry =
                serving.isBypassed(confirmedAgeNanos) ? null : store.entries().peek(key, nowNanos);
        Hit<V> hit = entry == null || entry.value != value ? null : hit(entry, nowNanos, confirmedAgeNanos);
        if (hit != null) {
            return loaded(hit, null);
        }
        long elapsedNanos = Math.max(0, nowNanos - calledNanos);
        long agedNanos = ageThenNanos > Long.MAX_VALUE - elapsedNanos ? Long.MAX_VALUE : ageThenNanos + elapsedNanos;
        return new Loaded<>(value, serving.state(agedNanos), agedNanos, 0, null);
    }

    /** What a read that may load returns of a hit; {@code fault}: the failed load for which the hit stands in. */
    public Loaded<V> loaded(Hit<V> hit, @Nullable LoadException fault) {
        return new Loaded<>(hit.value(), hit.state(), hit.confirmedAgeNanos(), hit.staleNanos(), fault);
    }

    /** Returns the hit, with the request to refresh the value under the lease. */
    public Hit<V> refreshedUnder(Lease lease, Hit<V> hit) {
        return new Hit<>(
                hit.value(),
                hit.ageNanos(),
                hit.tags(),
                hit.version(),
                hit.state(),
                hit.confirmedAgeNanos(),
                hit.staleNanos(),
                lease);
    }

    /**
     * What an ordinary read does not return. Its time counts from the moment when it stopped being valid, or from the last
     * confirmation if the region is unconfirmed beyond its bound: it may have stopped being valid right after that.
     */
    @Nullable
    public Hit<V> stale(String key, long atMostNanos) {
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos();
        Entry<V> entry = config.policies().failSafeNanos() > 0 ? store.entries().peekRaw(key) : null;
        if (entry == null || entry.value == null) {
            return null;
        }
        long staleNanos = serving.unprovenNanos(confirmedAgeNanos);
        if (entry instanceof StaleCopy<V> copy) {
            if (store.entries().copies().isOver(copy, nowNanos)) {
                return null;
            }
            staleNanos = Math.max(staleNanos, nowNanos - copy.stoppedNanos);
        } else if (!store.entries().isReadable(key, entry, nowNanos)) {
            return null; // it ended this very moment
        } else if (staleNanos == 0) {
            return hit(entry, nowNanos, confirmedAgeNanos); // somebody stored it meanwhile
        }
        if (staleNanos > atMostNanos) {
            return null;
        }
        recorder.servedStale();
        return new Hit<>(
                entry.value,
                Math.max(0, nowNanos - entry.storedAtNanos),
                entry.details().tags.length,
                entry.details().version(),
                ServingState.STALE,
                confirmedAgeNanos,
                staleNanos,
                null);
    }

    /** Returns what stands in for a failed load, or throws its fault. */
    public Hit<V> insteadOf(LoadException failed, String key) {
        if (config.policies().failSafeNanos() <= 0 || !isOfTheSource(failed)) {
            throw failed;
        }
        Hit<V> stale = stale(key, config.policies().failSafeNanos());
        if (stale == null) {
            throw failed;
        }
        return stale;
    }

    /** Whether the source failed, and not this process: an error, an interruption, a loader that waits for itself. */
    private static boolean isOfTheSource(LoadException failed) {
        for (Throwable cause = failed.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof Error
                    || cause instanceof InterruptedException
                    || cause instanceof RecursiveLoadException) {
                return false;
            }
        }
        return true;
    }
}
