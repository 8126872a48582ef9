package dev.freshet.cache.internal.region;

import dev.freshet.cache.AsyncLoader;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.Loaded;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Lookup.Hit;
import dev.freshet.cache.Lookup.Miss;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.load.AsyncLoads;
import dev.freshet.cache.internal.load.LoadWaiters;
import dev.freshet.cache.internal.load.Outcome;
import dev.freshet.cache.internal.load.Refresher;
import dev.freshet.cache.internal.load.Results;
import dev.freshet.cache.internal.load.SingleFlight;
import dev.freshet.cache.internal.store.ConfirmationGate;
import dev.freshet.cache.internal.store.EntryTable;
import dev.freshet.cache.internal.store.Expiration;
import dev.freshet.cache.internal.store.IssuedLease;
import dev.freshet.cache.internal.store.IssuedMark;
import dev.freshet.cache.internal.store.Leases;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import dev.freshet.cache.internal.upkeep.Sweeper;
import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The way of a read: the confirmation's age, the entry, then a hit, or a lease, or a load.
 *
 * <p>The age is always taken before the entry is read. A confirmation that comes between the two speaks of evictions that
 * the read may not have seen.
 */
final class RegionReads<V> {

    private final RegionCacheConfig<V> config;
    private final ConfirmationGate serving;
    private final EntryTable<V> entries;
    private final Leases<V> leases;
    private final Results<V> results;
    private final SingleFlight<V> loads;
    private final AsyncLoads<V> asyncLoads;
    private final Refresher<V> refresher;
    private final LoadWaiters<V> waiters;
    private final Sweeper sweeper;
    private final Recorder recorder;

    RegionReads(
            RegionCacheConfig<V> config,
            ConfirmationGate serving,
            EntryTable<V> entries,
            Leases<V> leases,
            Results<V> results,
            SingleFlight<V> loads,
            AsyncLoads<V> asyncLoads,
            LoadWaiters<V> waiters,
            Sweeper sweeper,
            Recorder recorder) {
        this.config = config;
        this.serving = serving;
        this.entries = entries;
        this.leases = leases;
        this.results = results;
        this.loads = loads;
        this.asyncLoads = asyncLoads;
        this.refresher = new Refresher<>(config, loads, recorder);
        this.waiters = waiters;
        this.sweeper = sweeper;
        this.recorder = recorder;
    }

    // ---- A hit or a lease

    /** @param takesSpared whether what a spread reset has left readable counts as a hit */
    Lookup<V> lookup(String key, boolean takesSpared) {
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos(); // before the read
        Entry<V> entry = read(key, nowNanos, serving.isBypassed(confirmedAgeNanos));
        Hit<V> hit = entry == null ? null : hit(key, entry, nowNanos, confirmedAgeNanos, takesSpared);
        return hit == null ? miss(key, confirmedAgeNanos) : hit;
    }

    /** A lease, whatever is cached. */
    Miss<V> lookupFresh(String key) {
        long confirmedAgeNanos = serving.confirmedAgeNanos();
        Miss<V> miss = miss(key, confirmedAgeNanos);
        recorder.miss();
        return miss;
    }

    /**
     * Returns what is cached, or a lease that ends with its load.
     *
     * @param since the lease is as if it had been handed out at this mark; null: now
     */
    Lookup<V> lookupForLoad(String key, @Nullable IssuedMark since) {
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos(); // before the read
        Entry<V> entry = read(key, nowNanos, serving.isBypassed(confirmedAgeNanos));
        Hit<V> hit = null;
        if (entry != null) {
            // Whoever loads within a transaction is not asked to refresh: the lease for that would be of this moment.
            hit = since == null
                    ? hit(key, entry, nowNanos, confirmedAgeNanos, true)
                    : results.hit(entry, nowNanos, confirmedAgeNanos);
        }
        return hit == null
                ? new Miss<>(
                        leases.issueForLoad(Syntax.requireName("key", key), nowNanos, since),
                        serving.state(confirmedAgeNanos),
                        confirmedAgeNanos)
                : hit;
    }

    /** The value of a hit that {@link #lookupForLoad} would say no more about; null: that is to be asked, and counts the read. */
    @Nullable
    V getIfHit(String key) {
        Entry<V> entry = serving.isBypassed() ? null : entries.read(key);
        if (entry == null || entry.value == null || refresher.isDue(entry)) {
            return null;
        }
        recorder.hit();
        return entry.value;
    }

    CompletableFuture<Lookup<V>> lookupOrAwait(String key, Duration atMost, boolean takesSpared) {
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos(); // before the read
        boolean isBypassed = serving.isBypassed(confirmedAgeNanos);
        Entry<V> entry = read(Syntax.requireName("key", key), nowNanos, isBypassed);
        Hit<V> hit = entry == null ? null : hit(key, entry, nowNanos, confirmedAgeNanos, takesSpared);
        if (hit != null) {
            return CompletableFuture.completedFuture(hit);
        }
        sweeper.remembered(config.leaseTtlNanos());
        CompletableFuture<Lookup<V>> answer =
                isBypassed ? null : waiters.await(key, Expiration.nanos(atMost), again -> peek(again, takesSpared));
        return answer == null ? CompletableFuture.completedFuture(miss(key, confirmedAgeNanos)) : answer;
    }

    /** What a waiter finds, which was counted when it came. */
    private @Nullable Hit<V> peek(String key, boolean takesSpared) {
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos(); // before the read
        Entry<V> entry = serving.isBypassed(confirmedAgeNanos) ? null : entries.peek(key, nowNanos);
        if (entry == null) {
            return null;
        }
        entry.stampRead(nowNanos);
        return hit(key, entry, nowNanos, confirmedAgeNanos, takesSpared);
    }

    Optional<Hit<V>> find(String key) {
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos(); // before the read
        Entry<V> entry = read(key, nowNanos, serving.isBypassed(confirmedAgeNanos));
        return entry == null ? Optional.empty() : Optional.ofNullable(results.hit(entry, nowNanos, confirmedAgeNanos));
    }

    Lookup<V> lookupAfterFailure(String key, Duration atMost) {
        Optional<Hit<V>> found = find(key);
        if (found.isPresent()) {
            return found.get();
        }
        Hit<V> stale = results.stale(
                key, Math.min(Expiration.nanos(atMost), config.policies().failSafeNanos()));
        return stale == null ? miss(key, serving.confirmedAgeNanos()) : stale;
    }

    private @Nullable Hit<V> hit(
            String key, Entry<V> entry, long nowNanos, long confirmedAgeNanos, boolean takesSpared) {
        Hit<V> hit = takesSpared || !results.isSpared(entry) ? results.hit(entry, nowNanos, confirmedAgeNanos) : null;
        return hit != null && refresher.isWonBy(entry, nowNanos) ? results.refreshedUnder(lease(key), hit) : hit;
    }

    private Miss<V> miss(String key, long confirmedAgeNanos) {
        return new Miss<>(lease(key), serving.state(confirmedAgeNanos), confirmedAgeNanos);
    }

    IssuedLease lease(String key) {
        return lease(key, null);
    }

    /** @param since the lease is as if it had been handed out at this mark; null: now */
    IssuedLease lease(String key, @Nullable IssuedMark since) {
        IssuedLease lease =
                leases.issue(Syntax.requireName("key", key), config.time().nanoTime(), since);
        sweeper.remembered(config.leaseTtlNanos());
        return lease;
    }

    // ---- A value

    @Nullable
    V getIfPresent(String key) {
        Entry<V> entry = read(key);
        return entry == null ? null : entry.value;
    }

    @Nullable
    V get(String key, Loader<V> loader) {
        Entry<V> entry = read(key);
        if (entry != null) {
            refresher.read(key, entry, loader);
            return entry.value;
        }
        try {
            return loads.get(Syntax.requireName("key", key), loader).value();
        } catch (LoadException failed) {
            return results.insteadOf(failed, key).value();
        }
    }

    /** A load within a transaction that began at the mark. It is no refresh: that would run outside of the transaction. */
    @Nullable
    V get(String key, Loader<V> loader, IssuedMark since) {
        Entry<V> entry = read(key);
        if (entry != null) {
            return entry.value;
        }
        try {
            return loads.get(Syntax.requireName("key", key), loader, since).value();
        } catch (LoadException failed) {
            return results.insteadOf(failed, key).value();
        }
    }

    CompletableFuture<@Nullable V> getAsync(String key, AsyncLoader<V> loader) {
        Entry<V> entry = read(Syntax.requireName("key", key));
        if (entry != null) {
            refresher.readAsync(key, entry, loader);
            return CompletableFuture.completedFuture(entry.value);
        }
        return asyncLoads.get(key, loader);
    }

    Loaded<V> getWithState(String key, Loader<V> loader) {
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos(); // before the read
        Entry<V> entry = read(key, nowNanos, serving.isBypassed(confirmedAgeNanos));
        Hit<V> found = entry == null ? null : results.hit(entry, nowNanos, confirmedAgeNanos);
        if (entry != null && found != null) {
            refresher.read(key, entry, loader);
            return results.loaded(found, null);
        }
        try {
            Outcome<V> outcome = loads.get(Syntax.requireName("key", key), loader);
            Hit<V> copy = outcome.copy();
            return copy == null
                    ? results.loaded(key, outcome.loaded(), nowNanos, confirmedAgeNanos)
                    : results.loaded(copy, copy.state() == ServingState.STALE ? outcome.fault() : null);
        } catch (LoadException failed) {
            Hit<V> hit = results.insteadOf(failed, key);
            return results.loaded(hit, hit.state() == ServingState.STALE ? failed : null);
        }
    }

    /**
     * Looks for several keys at once.
     *
     * @param found gets each key once, in their order, with the value; null: its absence is cached, or it is not cached
     * @return those that are not cached
     */
    Set<String> findAll(Collection<String> keys, Map<String, @Nullable V> found) {
        boolean isBypassed = serving.isBypassed(); // before the reads
        Set<String> missing = Set.of();
        for (String key : keys) {
            Entry<V> entry = isBypassed ? null : entries.read(key);
            if (entry != null) {
                found.put(key, entry.value);
            } else if (!found.containsKey(key)) {
                if (missing.isEmpty()) {
                    missing = new LinkedHashSet<>();
                }
                found.put(key, null);
                missing.add(key);
            }
        }
        recorder.read(found.size() - missing.size(), missing.size());
        return missing;
    }

    // ---- The entry, counted as a hit or a miss

    private @Nullable Entry<V> read(String key) {
        return counted(serving.isBypassed() ? null : entries.read(key));
    }

    private @Nullable Entry<V> read(String key, long nowNanos, boolean isBypassed) {
        return counted(isBypassed ? null : entries.read(key, nowNanos));
    }

    private @Nullable Entry<V> counted(@Nullable Entry<V> entry) {
        if (entry == null) {
            recorder.miss();
        } else {
            recorder.hit();
        }
        return entry;
    }
}
