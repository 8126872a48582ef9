package dev.freshet.cache.internal.region;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.ResetReason;
import dev.freshet.cache.internal.fence.Fence;
import dev.freshet.cache.internal.fence.Fences;
import dev.freshet.cache.internal.fence.ResetSpread;
import dev.freshet.cache.internal.load.LoadWaiters;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.ConfirmationGate;
import dev.freshet.cache.internal.store.Expiration;
import dev.freshet.cache.internal.store.KeyTally;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import dev.freshet.cache.internal.store.StaleCopies;
import dev.freshet.cache.internal.upkeep.DelayedReinvalidation;
import dev.freshet.cache.internal.upkeep.MaintenanceExecutor;
import dev.freshet.cache.internal.upkeep.Sweeper;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Selector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way of an invalidation: fence or evict what it names, remember it for a second time, wake those that wait for a load,
 * tell the counts. A reset takes the same way with everything.
 */
final class RegionInvalidations<V> {

    private static final long NO_VERSION = -1;

    private final RegionCacheConfig<V> config;
    private final CoherentStore<V> store;
    private final ConfirmationGate serving;
    private final LoadWaiters<V> waiters;
    private final Sweeper sweeper;
    private final MaintenanceExecutor maintenance;
    private final Recorder recorder;
    private final DelayedReinvalidation again;
    private volatile @Nullable Backing backing;

    RegionInvalidations(
            RegionCacheConfig<V> config,
            CoherentStore<V> store,
            ConfirmationGate serving,
            LoadWaiters<V> waiters,
            Sweeper sweeper,
            MaintenanceExecutor maintenance,
            Recorder recorder) {
        this.config = config;
        this.store = store;
        this.serving = serving;
        this.waiters = waiters;
        this.sweeper = sweeper;
        this.maintenance = maintenance;
        this.recorder = recorder;
        this.again = new DelayedReinvalidation(
                config.policies().evictAgainAfterNanos(),
                config.policies().maximumEvictAgain(),
                config.time(),
                config.scheduler(),
                new EvictingAgain());
    }

    /** What evicts a second time. */
    DelayedReinvalidation again() {
        return again;
    }

    /** Tells what lies behind this cache of second evictions. */
    void backedBy(Backing behind) {
        backing = behind;
    }

    // ---- A record of the bus

    /** @param clock null: nobody knows how Redis's clock and this machine's lie to each other */
    void apply(LoggedRecord record, @Nullable RedisTime clock) {
        maintenance.begin();
        try {
            evictAll(record, clock);
        } finally {
            maintenance.end();
        }
    }

    private void evictAll(LoggedRecord record, @Nullable RedisTime clock) {
        long nowNanos = config.time().nanoTime();
        KeyTally tally = new KeyTally();
        List<Invalidation> invalidations = record.body().invalidations();
        // The clock is asked once a record; the changes lie as far apart on one clock as on the other.
        long firstMicros = invalidations.get(0).changedAtMicros();
        long firstNanos = clock == null ? 0 : clock.nanoTimeAt(firstMicros);
        for (Invalidation invalidation : invalidations) {
            long changedAtNanos = clock == null
                    ? Fence.UNKNOWN_NANOS
                    : firstNanos + (invalidation.changedAtMicros() - firstMicros) * 1_000;
            long version = invalidation.version().orElse(NO_VERSION);
            evict(invalidation.selector(), version, changedAtNanos, nowNanos, tally);
            again.remember(invalidation.selector(), version);
            if (version != NO_VERSION) {
                sweeper.remembered(config.versionFenceRetentionNanos());
            }
        }
        waiters.wakeAll();
        tally.tell(recorder);
    }

    private void evict(Selector selector, long version, long changedAtNanos, long nowNanos, KeyTally tally) {
        Fences fences = store.fences();
        List<String> names = selector.names();
        long stoppedNanos = StaleCopies.stoppedNanos(changedAtNanos, nowNanos);
        switch (selector.kind()) {
            case KEYS -> evictKeys(names, version, changedAtNanos, nowNanos, tally);
            case TAGS -> fenced(fences.invalidateTags(names, changedAtNanos, stoppedNanos));
            case PREFIXES -> fenced(fences.invalidatePrefixes(names, changedAtNanos, stoppedNanos));
            case ALL -> {
                fences.invalidateAll(changedAtNanos, stoppedNanos);
                fenced(true);
            }
        }
    }

    private void evictKeys(List<String> keys, long version, long changedAtNanos, long nowNanos, KeyTally tally) {
        for (String key : keys) {
            store.invalidate(key, version, changedAtNanos, nowNanos, tally);
        }
        sweepCopies();
    }

    /** @param isRemembered whether there was room for the fence; if not, the region is reset instead */
    private void fenced(boolean isRemembered) {
        if (isRemembered) {
            sweeper.invalidatedBroadly();
        } else {
            reset(ResetReason.OVERFLOW);
        }
    }

    private void sweepCopies() {
        if (config.policies().failSafeNanos() > 0) {
            sweeper.storedFor(config.policies().failSafeNanos());
        }
    }

    // ---- A call of this process

    /** Returns whether there was a readable entry. */
    boolean invalidate(String key) {
        KeyTally tally = new KeyTally();
        store.invalidate(key, NO_VERSION, Fence.UNKNOWN_NANOS, config.time().nanoTime(), tally);
        again.rememberKey(key);
        waiters.wakeAll();
        sweepCopies();
        tally.tell(recorder);
        return tally.evicted() > 0;
    }

    void invalidate(Selector selector) {
        invalidate(selector, NO_VERSION);
    }

    void invalidate(Selector selector, long version) {
        evict(selector, version);
        again.remember(selector, version);
        if (version != NO_VERSION) {
            sweeper.remembered(config.versionFenceRetentionNanos());
        }
    }

    /** Evicts without remembering that for a second time. */
    void evict(Selector selector, long version) {
        KeyTally tally = new KeyTally();
        evict(selector, version, Fence.UNKNOWN_NANOS, config.time().nanoTime(), tally);
        waiters.wakeAll();
        tally.tell(recorder);
    }

    // ---- A reset

    void reset(ResetReason reason) {
        drop(ResetSpread.leavesTime(reason), reason != ResetReason.OVERFLOW);
        again.rememberReset();
        recorder.reset(reason);
    }

    void joined() {
        drop(false, false); // nothing was confirmed yet
        again.rememberReset();
    }

    /**
     * Drops everything and every lease.
     *
     * @param mayTakeTime whether the misses may be spread
     * @param leavesCopies whether what was valid until the last confirmation may still stand in for loads that fail
     */
    private void drop(boolean mayTakeTime, boolean leavesCopies) {
        long spreadNanos = mayTakeTime ? config.policies().resetSpreadNanos() : 0;
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos();
        store.entries()
                .reset(
                        spreadNanos > 0 ? window(spreadNanos) : null,
                        leavesCopies && confirmedAgeNanos < Expiration.UNLIMITED_NANOS
                                ? nowNanos - confirmedAgeNanos
                                : Fence.UNKNOWN_NANOS);
        sweeper.invalidatedBroadly();
        waiters.wakeAll();
    }

    private ResetSpread.@Nullable Window window(long spreadNanos) {
        return ResetSpread.Window.of(
                config.time(), store.leases().life(), spreadNanos, serving::confirmedAgeNanos, serving.afterNanos());
    }

    /** The second time, which is not remembered for a third. */
    private final class EvictingAgain implements DelayedReinvalidation.Target {
        @Override
        public void evictAgain(Selector selector, long version) {
            // First behind: from then on no read brings back from there what is evicted here.
            Backing behind = backing;
            if (behind != null) {
                behind.evictAgain(selector, version);
            }
            evict(selector, version);
        }

        @Override
        public void resetAgain() {
            Backing behind = backing;
            if (behind != null) {
                behind.evictAgain(Selector.all(), NO_VERSION);
            }
            drop(false, true); // it is late enough: what must go now was loaded since
        }

        @Override
        public void broken(LinkageError fault) {
            serving.broken("what evicts a second time in region \"" + config.region() + "\"", fault);
        }
    }
}
