package dev.freshet.cache;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.fence.Fence;
import dev.freshet.cache.internal.fence.ResetSpread;
import dev.freshet.cache.internal.load.LoadWaiters;
import dev.freshet.cache.internal.load.Refresher;
import dev.freshet.cache.internal.load.Results;
import dev.freshet.cache.internal.load.SingleFlight;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.ConfirmationGate;
import dev.freshet.cache.internal.store.Expiration;
import dev.freshet.cache.internal.store.KeyTally;
import dev.freshet.cache.internal.store.LeaseToken;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import dev.freshet.cache.internal.store.SelectorMatch;
import dev.freshet.cache.internal.store.StaleCopies;
import dev.freshet.cache.internal.upkeep.DelayedReinvalidation;
import dev.freshet.cache.internal.upkeep.MaintenanceExecutor;
import dev.freshet.cache.internal.upkeep.Sweeper;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Selector;
import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one region in this process, kept coherent by the bus: give it to {@code Subscriber.subscribe} as the
 * region's reader.
 *
 * <p>A value whose load began before an invalidation of its key, of one of its tags, of a prefix of its key or of the whole
 * region was applied is never readable after it, however long the load took: {@link #get} and stores under a {@link Lease}
 * see to that. {@link #put} cannot, and does not.
 *
 * <p>Safe to use from any thread. Nothing here blocks, except that {@link #get} runs its loader or waits for another caller's
 * load of the same key. Keys are valid names of the schema (1 to 512 bytes of UTF-8); where one is stored or leased, anything
 * else is an {@link IllegalArgumentException}. Arguments must not be null unless said.
 */
public final class RegionCache<V> implements RegionReader, AutoCloseable {

    /** What an entry takes beside its key, its value and its tags, where a region is limited by bytes. */
    public static final int ENTRY_OVERHEAD_BYTES = 160;

    /** What a tag of an entry takes beside its text, where a region is limited by bytes. */
    public static final int TAG_OVERHEAD_BYTES = 48;

    private static final long NO_VERSION = -1;

    private final RegionCacheConfig<V> config;
    private final Recorder recorder;
    private final MaintenanceExecutor upkeep;
    private final CoherentStore<V> store;
    private final ConfirmationGate serving;
    private final SingleFlight<V> loads;
    private final Refresher<V> refresher;
    private final LoadWaiters<V> waiters;
    private final Results<V> answers;
    private final Sweeper sweeper;
    private final DelayedReinvalidation again;
    private volatile @Nullable RedisTime redisTime;
    private volatile BiConsumer<Selector, Runnable> behind = (selector, then) -> {};

    RegionCache(RegionCacheConfig<V> config) {
        this.config = config;
        ScheduledExecutorService scheduler = config.scheduler();
        upkeep = new MaintenanceExecutor(scheduler == null ? Runnable::run : scheduler);
        recorder = new Recorder(config.region(), config.listener());
        store = new CoherentStore<>(config, recorder, upkeep);
        serving = new ConfirmationGate(config.unconfirmedPolicy(), config.unconfirmedAfterNanos());
        answers = new Results<>(config, store, serving, recorder);
        long copyNanos = config.policies().failSafeNanos();
        long shortestNanos = config.expiration().regionNanos();
        sweeper = new Sweeper(
                store, config.time(), copyNanos > 0 ? Math.min(copyNanos, shortestNanos) : shortestNanos, scheduler);
        again = new DelayedReinvalidation(
                config.policies().evictAgainAfterNanos(),
                config.policies().maximumEvictAgain(),
                config.time(),
                scheduler,
                new EvictingAgain());
        waiters = new LoadWaiters<>(config, store, serving, recorder);
        loads = new SingleFlight<>(config, store, recorder, serving, this::noted, waiters::wake);
        refresher = new Refresher<>(config, loads, recorder);
    }

    /**
     * Begins a cache for a region.
     *
     * @throws IllegalArgumentException if it is not a region's name
     */
    public static <V> RegionCacheBuilder<V> builder(String region) {
        return new RegionCacheBuilder<>(region);
    }

    public String region() {
        return config.region();
    }

    // ---- Reading

    /** Returns the value, or null if none is cached, or if the region is bypassed, or if it is an absence that is cached. */
    public @Nullable V getIfPresent(String key) {
        Entry<V> entry = read(key);
        return entry == null ? null : entry.value;
    }

    /** Returns what is cached with what is known about it; empty if nothing is, or if the region is bypassed. */
    public Optional<Hit<V>> find(String key) {
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos(); // before the read, see lookup
        Entry<V> entry = read(key, nowNanos, serving.isBypassed(confirmedAgeNanos));
        return entry == null ? Optional.empty() : Optional.ofNullable(answers.hit(entry, nowNanos, confirmedAgeNanos));
    }

    /** Returns what is cached, or a lease under which the caller may store what it loads from now on. */
    public Lookup<V> lookup(String key) {
        return lookup(key, true);
    }

    /**
     * The same for a caller that must see all that was applied up to now, because it asked for a position: what a
     * {@linkplain RegionCacheBuilder#resetSpread spread} reset has left readable for a while counts as a miss.
     */
    public Lookup<V> lookupApplied(String key) {
        return lookup(key, false);
    }

    private Lookup<V> lookup(String key, boolean takesSpared) {
        long nowNanos = config.time().nanoTime();
        // Before the read: a confirmation that comes between speaks of evictions that this read may not have seen.
        long confirmedAgeNanos = serving.confirmedAgeNanos();
        Entry<V> entry = read(key, nowNanos, serving.isBypassed(confirmedAgeNanos));
        Hit<V> hit = entry == null ? null : hit(key, entry, nowNanos, confirmedAgeNanos, takesSpared);
        return hit == null ? miss(key, confirmedAgeNanos) : hit;
    }

    private @Nullable Hit<V> hit(
            String key, Entry<V> entry, long nowNanos, long confirmedAgeNanos, boolean takesSpared) {
        Hit<V> hit = takesSpared || !answers.isSpared(entry) ? answers.hit(entry, nowNanos, confirmedAgeNanos) : null;
        return hit != null && refresher.isWonBy(entry, nowNanos) ? hit.refreshedUnder(lease(key)) : hit;
    }

    /**
     * Returns what is cached, or waits for what the holder of another lease of the key is about to store: one load a key. The
     * future completes with a hit when it is stored; with a miss, and so a lease, when no other lease is good any more and this
     * caller is the one whose turn it is, when the time is over, or at once if too many wait already. Never blocks; cancel the
     * future to give the place up. It may complete on a thread that stores, so what depends on it must be quick.
     *
     * @param takesSpared false for a caller that asked for a position, see {@link #lookupApplied}
     */
    public CompletableFuture<Lookup<V>> lookupOrAwait(String key, Duration atMost, boolean takesSpared) {
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos(); // before the read, see lookup
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
        long confirmedAgeNanos = serving.confirmedAgeNanos(); // before the read, see lookup
        Entry<V> entry = serving.isBypassed(confirmedAgeNanos) ? null : store.peek(key, nowNanos);
        if (entry == null) {
            return null;
        }
        entry.stampRead(nowNanos);
        return hit(key, entry, nowNanos, confirmedAgeNanos, takesSpared);
    }

    private Miss<V> miss(String key, long confirmedAgeNanos) {
        return new Miss<>(lease(key), serving.state(confirmedAgeNanos), confirmedAgeNanos);
    }

    /**
     * Returns the cached value, or else loads it. Concurrent callers of a key share one load; a caller that comes after an
     * invalidation of it does not share one that began before. What a load brings is kept unless it was overtaken, and is
     * returned in either case to those that called before.
     *
     * @return the value, or null if there is none; where the load failed and the region is {@linkplain
     *     RegionCacheBuilder#failSafe fail-safe}, the value that was valid last
     * @throws LoadException in every caller of a load that failed, unless there is such a value; nothing is cached then
     * @throws RecursiveLoadException if the load would have to wait for itself
     */
    public @Nullable V get(String key, Loader<V> loader) {
        Entry<V> entry = read(key);
        if (entry != null) {
            refresher.read(key, entry, loader);
            return entry.value;
        }
        try {
            return loads.get(Syntax.requireName("key", key), loader);
        } catch (LoadException failed) {
            return answers.insteadOf(failed, key).value();
        }
    }

    /** The same, saying what the answer is worth. */
    public Loaded<V> getWithState(String key, Loader<V> loader) {
        long nowNanos = config.time().nanoTime();
        long confirmedAgeNanos = serving.confirmedAgeNanos(); // before the read, see lookup
        Entry<V> entry = read(key, nowNanos, serving.isBypassed(confirmedAgeNanos));
        Hit<V> found = entry == null ? null : answers.hit(entry, nowNanos, confirmedAgeNanos);
        if (entry != null && found != null) {
            refresher.read(key, entry, loader);
            return Loaded.of(found, null);
        }
        try {
            V value = loads.get(Syntax.requireName("key", key), loader);
            return answers.loaded(key, value, nowNanos, confirmedAgeNanos);
        } catch (LoadException failed) {
            Hit<V> hit = answers.insteadOf(failed, key);
            return Loaded.of(hit, hit.state() == ServingState.STALE ? failed : null);
        }
    }

    /**
     * For a caller whose load has failed: returns what is cached after all, or else the value that was valid last, if the
     * region is {@linkplain RegionCacheBuilder#failSafe fail-safe}, marked {@link ServingState#STALE}; or else a miss.
     *
     * @param atMost how long ago it may have stopped being valid; the region's own limit applies too
     */
    public Lookup<V> lookupAfterFailure(String key, Duration atMost) {
        Optional<Hit<V>> found = find(key);
        if (found.isPresent()) {
            return found.get();
        }
        Hit<V> stale = answers.stale(
                key, Math.min(Expiration.nanos(atMost), config.policies().failSafeNanos()));
        return stale == null ? miss(key, serving.confirmedAgeNanos()) : stale;
    }

    private @Nullable Entry<V> read(String key) {
        return counted(serving.isBypassed() ? null : store.read(key));
    }

    private @Nullable Entry<V> read(String key, long nowNanos, boolean isBypassed) {
        return counted(isBypassed ? null : store.read(key, nowNanos));
    }

    private @Nullable Entry<V> counted(@Nullable Entry<V> entry) {
        if (entry == null) {
            recorder.miss();
        } else {
            recorder.hit();
        }
        return entry;
    }

    // ---- Storing

    /** Hands out a lease. To be called before the load begins. */
    public Lease lease(String key) {
        Lease lease = store.issue(Syntax.requireName("key", key), config.time().nanoTime());
        sweeper.remembered(config.leaseTtlNanos());
        return lease;
    }

    /** Stores what was loaded since the lease was handed out, if it is still good. */
    public StoreResult store(Lease lease, V value, StoreOptions options) {
        return stored(lease.key(), store.store(lease, value, options), options);
    }

    /** Stores that there is no value, if that is still good. */
    public StoreResult storeAbsence(Lease lease, StoreOptions options) {
        return stored(lease.key(), store.store(lease, null, options), options);
    }

    /**
     * Stores under a lease that is known by its {@linkplain Lease#token() text}.
     *
     * @param token the lease's text, or null if the caller has none, which is refused unless the region accepts it
     */
    public StoreResult store(String key, @Nullable String token, V value, StoreOptions options) {
        Syntax.requireName("key", key);
        if (token == null) {
            return config.unleasedStores() == UnleasedStores.ACCEPT
                    ? put(key, value, options)
                    : recorder.stored(StoreResult.refused(Refusal.UNLEASED));
        }
        StoreResult result = LeaseToken.parse(token)
                .map(parsed -> store.store(key, parsed, value, options))
                .orElseGet(() -> StoreResult.refused(Refusal.UNKNOWN));
        return stored(key, result, options);
    }

    /**
     * Stores a value without a lease, whatever {@link RegionCacheBuilder#unleasedStores} says of stores by text: for values that the
     * caller knows to be current, such as those it just wrote under a lock of its source. A value that was read before an
     * invalidation and put after it stays. Refused if its version is too low, or if it is too large.
     */
    public StoreResult put(String key, V value, StoreOptions options) {
        return stored(key, store.storeUnleased(Syntax.requireName("key", key), value, options), options);
    }

    /** The same with the region's own limits and nothing else. */
    public StoreResult put(String key, V value) {
        return put(key, value, StoreOptions.none());
    }

    private StoreResult stored(String key, StoreResult result, StoreOptions options) {
        if (result.isStored()) {
            waiters.wake(key);
        }
        return noted(result, options);
    }

    private StoreResult noted(StoreResult result, StoreOptions options) {
        if (result.isStored()) {
            sweeper.storedFor(config.expiration().leastLifetimeNanos(options));
        }
        return recorder.stored(result);
    }

    // ---- Invalidating, here only

    /** Evicts the key here, and refuses what was being loaded for it. Returns whether there was a readable entry. */
    public boolean invalidate(String key) {
        KeyTally tally = new KeyTally();
        store.invalidate(key, NO_VERSION, Fence.UNKNOWN_NANOS, config.time().nanoTime(), tally);
        again.rememberKey(key);
        waiters.wakeAll();
        sweepCopies();
        tally.tell(recorder);
        return tally.evicted() > 0;
    }

    /** Evicts what is selected here, and refuses what was being loaded of it. */
    public void invalidate(Selector selector) {
        evict(selector, NO_VERSION);
        again.remember(selector, NO_VERSION);
    }

    /** Evicts everything here, and refuses what was being loaded. */
    public void clear() {
        invalidate(Selector.all());
    }

    private void sweepCopies() {
        if (config.policies().failSafeNanos() > 0) {
            sweeper.storedFor(config.policies().failSafeNanos());
        }
    }

    private void evict(Selector selector, long version) {
        KeyTally tally = new KeyTally();
        evict(selector, version, Fence.UNKNOWN_NANOS, config.time().nanoTime(), tally);
        waiters.wakeAll();
        tally.tell(recorder);
    }

    private void evict(Selector selector, long version, long changedAtNanos, long nowNanos, KeyTally tally) {
        if (selector instanceof Selector.Keys keys) {
            for (String key : keys.keys()) {
                store.invalidate(key, version, changedAtNanos, nowNanos, tally);
            }
            sweepCopies();
            return;
        }
        boolean remembered = true;
        long stoppedNanos = StaleCopies.stoppedNanos(changedAtNanos, nowNanos);
        if (selector instanceof Selector.Tags tags) {
            remembered = store.fences().invalidateTags(tags.tags(), changedAtNanos, stoppedNanos);
        } else if (selector instanceof Selector.Prefixes prefixes) {
            remembered = store.fences().invalidatePrefixes(prefixes.prefixes(), changedAtNanos, stoppedNanos);
        } else {
            store.fences().invalidateAll(changedAtNanos, stoppedNanos);
        }
        if (remembered) {
            sweeper.invalidatedBroadly();
        } else {
            reset(ResetReason.OVERFLOW);
        }
    }

    // ---- The bus's side

    @Override
    public void attached(Confirmation confirmation, RedisTime time) {
        redisTime = time;
        serving.attached(confirmation);
    }

    @Override
    public void apply(LoggedRecord record) {
        upkeep.begin();
        try {
            evictAll(record);
        } finally {
            upkeep.end();
        }
    }

    private void evictAll(LoggedRecord record) {
        RedisTime clock = redisTime;
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

    @Override
    public void reset(ResetReason reason) {
        drop(ResetSpread.leavesTime(reason), reason != ResetReason.OVERFLOW);
        again.rememberReset();
        recorder.reset(reason);
    }

    @Override
    public void joined() {
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
        store.reset(
                spreadNanos > 0 ? ResetSpread.Window.of(config.time(), store.seed(), spreadNanos, serving) : null,
                leavesCopies && confirmedAgeNanos < Expiration.UNLIMITED_NANOS
                        ? nowNanos - confirmedAgeNanos
                        : Fence.UNKNOWN_NANOS);
        sweeper.invalidatedBroadly();
        waiters.wakeAll();
    }

    /** The second time, which is not remembered for a third. */
    private final class EvictingAgain implements DelayedReinvalidation.Target {
        @Override
        public void evictAgain(Selector selector, long version) {
            evict(selector, version);
            behind.accept(selector, () -> evict(selector, version));
        }

        @Override
        public void resetAgain() {
            drop(false, true); // it is late enough: what must go now was loaded since
            behind.accept(Selector.all(), () -> drop(false, true));
        }
    }

    /** Tells a tier behind this cache of second evictions; it runs what it is given when it is done itself. */
    void evictsAgainThrough(BiConsumer<Selector, Runnable> tier) {
        behind = tier;
    }

    @Override
    public long count(List<Selector> selectors) {
        SelectorMatch match = new SelectorMatch(selectors);
        long nowNanos = config.time().nanoTime();
        if (match.namesKeysOnly()) {
            return match.keys().stream()
                    .filter(key -> store.peek(key, nowNanos) != null)
                    .count();
        }
        return store.countReadable(nowNanos, match::matches);
    }

    // ---- Looking at it

    /** What an answer is worth now. A cache that is not subscribed, or was not confirmed yet, is not confirmed. */
    public ServingState state() {
        return serving.state(serving.confirmedAgeNanos());
    }

    /** How long ago the moment is as of which the region was confirmed; {@link Long#MAX_VALUE}: never. */
    public long confirmedAgeNanos() {
        return serving.confirmedAgeNanos();
    }

    /**
     * Returns how many entries there are. Right after a broad invalidation, until the sweeper was there, this visits all of
     * them to tell; {@link #stats()} never does.
     */
    public long size() {
        return sweeper.isSwept()
                ? Math.max(0, store.estimatedSize() - store.copies().count())
                : store.countReadable(config.time().nanoTime(), (key, entry) -> true);
    }

    /** Counts and sizes. */
    public CacheStats stats() {
        return recorder.snapshot(store, again, waiters.count());
    }

    /**
     * Evicts a second time what is due for it, and frees the memory of what cannot be read any more, on the calling thread.
     * The cache does this by itself on its scheduler unless it was built with {@link RegionCacheBuilder#sweptByOwner}.
     */
    public void sweep() {
        again.run();
        waiters.lookAll();
        sweeper.sweep();
    }

    /** Ends the sweeping, and what else happens in the background. The cache goes on to work. */
    @Override
    public void close() {
        again.close();
        sweeper.close();
    }
}
