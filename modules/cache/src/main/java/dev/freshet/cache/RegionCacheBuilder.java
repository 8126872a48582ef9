package dev.freshet.cache;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.UnsupportedLibraryException;
import dev.freshet.cache.internal.region.LocalRegion;
import dev.freshet.cache.internal.store.CaffeineLink;
import dev.freshet.cache.internal.store.Expiration;
import dev.freshet.cache.internal.store.Policies;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import dev.freshet.cache.internal.upkeep.CacheThreads;
import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Builds a {@link RegionCache}. At least one of {@link #maximumEntries} and {@link #maximumBytes} must be set; both hold. */
public final class RegionCacheBuilder<V> {

    private final String region;
    private long maximumEntries;
    private long maximumBytes;
    private ValueWeigher<V> weigher = value -> 0;
    private Duration expireAfterWrite = UNLIMITED;
    private Duration expireAfterAccess = UNLIMITED;
    private Duration leaseTtl = Duration.ofSeconds(10);
    private long maximumLeases = 100_000;
    private UnleasedStores unleasedStores = UnleasedStores.REFUSE;
    private UnconfirmedPolicy unconfirmedPolicy = UnconfirmedPolicy.SERVE;
    private Duration unconfirmedAfter = Duration.ofSeconds(2);
    private Duration versionFenceRetention = Duration.ofSeconds(60);
    private int maximumVersionFences = 100_000;
    private int maximumBroadInvalidations = 65_536;
    private Duration resetSpread = Duration.ZERO;
    private Duration evictAgainAfter = Duration.ZERO;
    private int maximumEvictAgain = 100_000;
    private Duration failSafe = Duration.ZERO;
    private Duration refreshAfterWrite = Duration.ZERO;
    private double refreshJitter = 0.1;
    private int maximumLoadWaiters = 1_000;
    private @Nullable Executor refreshExecutor;
    private Duration loadTimeout = Duration.ofSeconds(60);
    private Duration softTimeout = Duration.ZERO;
    private @Nullable Executor loadExecutor;
    private CacheListener listener = CacheListener.NONE;
    private @Nullable Boolean countStaleHits;
    private TimeSource time = TimeSource.SYSTEM;
    private @Nullable ScheduledExecutorService scheduler;
    private @Nullable Function<? super V, byte[]> valueBytes;
    private boolean sweptByOwner;
    private int stripes =
            Math.min(64, Integer.highestOneBit(Runtime.getRuntime().availableProcessors()) * 8);

    RegionCacheBuilder(String region) {
        this.region = Syntax.requireRegion(region);
    }

    /** Limits the region to this many entries. */
    public RegionCacheBuilder<V> maximumEntries(long entries) {
        maximumEntries = requirePositive("maximum entries", entries);
        return this;
    }

    /**
     * Limits the region to this many bytes: for each entry what the weigher says of its value, its key and tags in UTF-8,
     * {@value ValueWeigher#ENTRY_OVERHEAD_BYTES} for itself and {@value ValueWeigher#TAG_OVERHEAD_BYTES} for each tag. An entry
     * that exceeds the limit alone is refused. If the region has a limit by entries too, each entry counts at least the bytes
     * divided by the entries, also in {@link CacheStats#weightBytes}.
     */
    public RegionCacheBuilder<V> maximumBytes(long bytes, ValueWeigher<V> weigher) {
        maximumBytes = requirePositive("maximum bytes", bytes);
        this.weigher = weigher;
        return this;
    }

    /** Ends entries this long after they were stored. Default: never. */
    public RegionCacheBuilder<V> expireAfterWrite(Duration duration) {
        expireAfterWrite = requirePositive("expire after write", duration);
        return this;
    }

    /** Ends entries this long after they were last read, or stored. Default: never. */
    public RegionCacheBuilder<V> expireAfterAccess(Duration duration) {
        expireAfterAccess = requirePositive("expire after access", duration);
        return this;
    }

    /** How long a lease is good for. Default: 10 s. Loads that the region runs itself have no such limit. */
    public RegionCacheBuilder<V> leaseTtl(Duration ttl) {
        leaseTtl = requirePositive("lease ttl", ttl);
        return this;
    }

    /** At most this many leases are outstanding; if there are more, the oldest end early. Default: 100,000. */
    public RegionCacheBuilder<V> maximumLeases(long leases) {
        maximumLeases = requirePositive("maximum leases", leases);
        return this;
    }

    /** What becomes of a {@link RegionCache#store(String, String, Object, StoreOptions)} without a lease. Default: refused. */
    public RegionCacheBuilder<V> unleasedStores(UnleasedStores policy) {
        unleasedStores = policy;
        return this;
    }

    /** What the region does when its last confirmation is older than {@code after}. Default: serve, after 2 s. */
    public RegionCacheBuilder<V> unconfirmed(UnconfirmedPolicy policy, Duration after) {
        unconfirmedPolicy = policy;
        unconfirmedAfter = requirePositive("unconfirmed after", after);
        return this;
    }

    /** How long a version that an invalidation named refuses lower ones. Default: 60 s. */
    public RegionCacheBuilder<V> versionFenceRetention(Duration retention) {
        versionFenceRetention = requirePositive("version fence retention", retention);
        return this;
    }

    /**
     * At most this many versions are remembered by key. If there are more, the oldest also refuse lower versions of other keys,
     * until they end. Default: 100,000.
     */
    public RegionCacheBuilder<V> maximumVersionFences(int fences) {
        maximumVersionFences = (int) requirePositive("maximum version fences", fences);
        return this;
    }

    /**
     * At most this many tags and prefixes are remembered between sweeps. If there are more, the region resets itself. Default:
     * 65,536.
     */
    public RegionCacheBuilder<V> maximumBroadInvalidations(int invalidations) {
        maximumBroadInvalidations = (int) requirePositive("maximum broad invalidations", invalidations);
        return this;
    }

    /**
     * Spreads the misses that follow a reset over this time. Each entry stays readable until its own moment within it, and at
     * most until the last confirmation before the reset is older than the region's bound. What a read reports as age and state
     * counts from that confirmation too. Leases and loads in flight die at once. All entries die at once if the reason is a
     * record that could not be applied. Default: zero, all entries are misses at once.
     */
    public RegionCacheBuilder<V> resetSpread(Duration spread) {
        resetSpread = requireNotNegative("reset spread", spread);
        return this;
    }

    /**
     * Lets every invalidation and every reset take effect a second time after this delay, for loads from a database replica that
     * may lag so far behind. An invalidation with a version spares entries at or above it the second time, too. Default: zero,
     * never.
     */
    public RegionCacheBuilder<V> evictAgainAfter(Duration delay) {
        evictAgainAfter = requireNotNegative("evict again after", delay);
        return this;
    }

    /**
     * At most this many keys, tags and prefixes are remembered for their second eviction. If there are more, the whole region is
     * evicted in their place when they are due. Default: 100,000.
     */
    public RegionCacheBuilder<V> maximumEvictAgain(int names) {
        maximumEvictAgain = (int) requirePositive("maximum evict again", names);
        return this;
    }

    /**
     * Returns a value that has expired or was invalidated in place of a load that failed, until this long after it stopped being
     * valid. Such a copy replaces its entry, and counts against the region's limits. Default: zero, never.
     */
    public RegionCacheBuilder<V> failSafe(Duration duration) {
        failSafe = requireNotNegative("fail safe", duration);
        return this;
    }

    /**
     * Refreshes an entry that is read at this age or later. The reader gets the cached value at once. {@link RegionCache#get}
     * loads in the background; of the callers of {@link RegionCache#lookup}, one gets a lease with its hit. If nothing is stored
     * within the lease's time, the next reader refreshes. Default: zero, never.
     */
    public RegionCacheBuilder<V> refreshAfterWrite(Duration age) {
        refreshAfterWrite = requireNotNegative("refresh after write", age);
        return this;
    }

    /**
     * Refreshes each entry earlier by a random part of the refresh age, at most this one, so that entries are not refreshed
     * together. From 0 to 1. Default: 0.1.
     */
    public RegionCacheBuilder<V> refreshJitter(double part) {
        if (!(part >= 0 && part <= 1)) {
            throw new IllegalArgumentException("refresh jitter must be from 0 to 1, but is " + part);
        }
        refreshJitter = part;
        return this;
    }

    /**
     * Runs the loads that refresh. A rejected load is counted, and tried again by a later reader. Default: four daemon threads
     * and a queue of 1,000 for all caches of the process.
     */
    public RegionCacheBuilder<V> refreshExecutor(Executor executor) {
        refreshExecutor = executor;
        return this;
    }

    /**
     * How long a caller of {@link RegionCache#get} waits for a load. After that it gets the {@linkplain #failSafe fail-safe} copy, or a
     * {@link LoadTimeoutException}. The load goes on, and callers that come later start another one; what it brings late is stored if
     * nothing has invalidated it. A caller that runs the loader on its own thread is bound by the loader alone, see {@link
     * #loadExecutor}. Default: 60 s.
     */
    public RegionCacheBuilder<V> loadTimeout(Duration timeout) {
        loadTimeout = requirePositive("load timeout", timeout);
        return this;
    }

    /**
     * How long a caller of {@link RegionCache#get} waits for a load before it gets the {@linkplain #failSafe fail-safe} copy, if there is
     * one. The load goes on. A caller that runs the loader on its own thread is bound by the loader alone, see {@link #loadExecutor}.
     * Default: zero, never.
     */
    public RegionCacheBuilder<V> softTimeout(Duration timeout) {
        softTimeout = requireNotNegative("soft timeout", timeout);
        return this;
    }

    /**
     * Runs the loads of {@link RegionCache#get}, so that the timeouts hold for every caller. A load that it rejects fails, and is
     * counted. A load that needs another key loads that on its own thread. The executor must run or reject what it is given.
     * Default: none, callers run their loads on their own threads.
     */
    public RegionCacheBuilder<V> loadExecutor(Executor executor) {
        loadExecutor = executor;
        return this;
    }

    /** At most this many callers of {@link RegionCache#lookupOrAwait} wait; others are answered at once. Default: 1,000. */
    public RegionCacheBuilder<V> maximumLoadWaiters(int waiters) {
        maximumLoadWaiters = (int) requirePositive("maximum load waiters", waiters);
        return this;
    }

    /** Sets the listener, which is told what the cache does. Default: none. */
    public RegionCacheBuilder<V> listener(CacheListener listener) {
        this.listener = listener;
        return this;
    }

    /**
     * Whether to count evicted entries that had been read between the change and their eviction. Every hit then reads the clock
     * and writes the time into the entry, which takes about as long as the hit itself. Default: true if there is a {@linkplain
     * #listener listener}.
     */
    public RegionCacheBuilder<V> countStaleHits(boolean count) {
        countStaleHits = count;
        return this;
    }

    /**
     * How an audit compares a value with the true one: by the SHA-256 of these bytes, which must be those that the truth gives. The
     * function is called by threads of the bus, only for the few entries that an audit names; it must not block. Default: none, and
     * an audit that compares values leaves this member out.
     */
    public RegionCacheBuilder<V> valueBytes(Function<? super V, byte[]> bytes) {
        valueBytes = Objects.requireNonNull(bytes, "bytes");
        return this;
    }

    /** Where time comes from. Default: this machine's clocks. */
    public RegionCacheBuilder<V> time(TimeSource time) {
        this.time = time;
        return this;
    }

    /** Sets the scheduler that sweeps, and maintains Caffeine. Default: one daemon thread for all caches of the process. */
    public RegionCacheBuilder<V> scheduler(ScheduledExecutorService scheduler) {
        this.scheduler = scheduler;
        return this;
    }

    /** Leaves sweeping to calls of {@link RegionCache#sweep()}, and lets storing threads maintain Caffeine; for tests. */
    public RegionCacheBuilder<V> sweptByOwner() {
        sweptByOwner = true;
        return this;
    }

    /** One monitor for all keys, so that a test explores no more than it must. */
    RegionCacheBuilder<V> oneStripe() {
        stripes = 1;
        return this;
    }

    /**
     * Builds the cache.
     *
     * @throws IllegalArgumentException if neither a limit by entries nor one by bytes is set, if the spread of resets is
     *     longer than the region's bound, if there is a soft timeout without a fail-safe time, or if the soft timeout is not
     *     shorter than the load timeout
     * @throws UnsupportedLibraryException if the Caffeine on the class path does not fit
     */
    public RegionCache<V> build() {
        CaffeineLink.require();
        if (maximumEntries == 0 && maximumBytes == 0) {
            throw new IllegalArgumentException(
                    "region \"" + region + "\" needs maximum entries or maximum bytes, but has neither");
        }
        if (resetSpread.compareTo(unconfirmedAfter) > 0) {
            throw new IllegalArgumentException(
                    "reset spread must not exceed unconfirmed after, " + unconfirmedAfter + ", but is " + resetSpread);
        }
        if (!softTimeout.isZero() && failSafe.isZero()) {
            throw new IllegalArgumentException("soft timeout is " + softTimeout
                    + ", but fail safe is zero, so that there is no copy to return: set fail safe as well");
        }
        if (softTimeout.compareTo(loadTimeout) >= 0) {
            throw new IllegalArgumentException(
                    "soft timeout must be shorter than load timeout, " + loadTimeout + ", but is " + softTimeout);
        }
        ScheduledExecutorService sweeping = scheduler == null ? CacheThreads.scheduler() : scheduler;
        return new LocalRegion<>(new RegionCacheConfig<>(
                region,
                maximumEntries,
                maximumBytes,
                weigher,
                new Expiration(Expiration.nanos(expireAfterWrite), Expiration.nanos(expireAfterAccess)),
                Expiration.nanos(leaseTtl),
                maximumLeases,
                unleasedStores,
                unconfirmedPolicy,
                Expiration.nanos(unconfirmedAfter),
                Expiration.nanos(versionFenceRetention),
                maximumVersionFences,
                maximumBroadInvalidations,
                new Policies(
                        Expiration.nanos(resetSpread),
                        Expiration.nanos(evictAgainAfter),
                        maximumEvictAgain,
                        Expiration.nanos(failSafe),
                        Expiration.nanos(refreshAfterWrite),
                        refreshJitter,
                        refreshExecutor == null ? CacheThreads.refreshExecutor() : refreshExecutor,
                        maximumLoadWaiters,
                        Expiration.nanos(loadTimeout),
                        Expiration.nanos(softTimeout),
                        loadExecutor),
                countStaleHits == null ? listener != CacheListener.NONE : countStaleHits,
                stripes,
                listener,
                time,
                sweptByOwner ? null : sweeping,
                valueBytes));
    }

    private static final Duration UNLIMITED = Duration.ofNanos(Expiration.UNLIMITED_NANOS);

    private static long requirePositive(String what, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(what + " must be positive, but is " + value);
        }
        return value;
    }

    private static Duration requirePositive(String what, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(what + " must be positive, but is " + value);
        }
        return value;
    }

    private static Duration requireNotNegative(String what, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(what + " must not be negative, but is " + value);
        }
        return value;
    }
}
