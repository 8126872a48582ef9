package dev.freshet.cache;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.internal.region.LocalRegion;
import dev.freshet.cache.internal.store.Expiration;
import dev.freshet.cache.internal.store.Policies;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import dev.freshet.cache.internal.upkeep.CacheThreads;
import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** Builds a {@link RegionCache}. Exactly one of {@link #maximumEntries} and {@link #maximumBytes} must be set. */
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
    private CacheListener listener = CacheListener.NONE;
    private @Nullable Boolean countStaleHits;
    private TimeSource time = TimeSource.SYSTEM;
    private @Nullable ScheduledExecutorService scheduler;
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
     * that would exceed them alone is refused.
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

    /** How long a lease is good for. Default: 10 s. Loads of {@link RegionCache#get} have no such limit. */
    public RegionCacheBuilder<V> leaseTtl(Duration ttl) {
        leaseTtl = requirePositive("lease ttl", ttl);
        return this;
    }

    /** How many leases may be outstanding; beyond it older ones end early. Default: 100,000. */
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
     * How many keys' versions are remembered each on its own; beyond it the oldest ones refuse lower versions of other keys
     * too, until they end. Default: 100,000.
     */
    public RegionCacheBuilder<V> maximumVersionFences(int fences) {
        maximumVersionFences = (int) requirePositive("maximum version fences", fences);
        return this;
    }

    /** How many tags and prefixes are remembered until swept; beyond it the region resets itself. Default: 65,536. */
    public RegionCacheBuilder<V> maximumBroadInvalidations(int invalidations) {
        maximumBroadInvalidations = (int) requirePositive("maximum broad invalidations", invalidations);
        return this;
    }

    /**
     * Spreads the misses that follow a reset over this long: each entry stays readable until a moment of its own within it,
     * and never beyond the region's bound, counted from the last confirmation before the reset; what a read says of its age
     * and state counts from there too. Leases and loads in flight die at once all the same, and so do all entries where a
     * record that could not be applied is the reason. Default: zero, all are misses at once.
     */
    public RegionCacheBuilder<V> resetSpread(Duration spread) {
        resetSpread = requireNotNegative("reset spread", spread);
        return this;
    }

    /**
     * Lets every invalidation and every reset take effect once more after this long, for loads that read a replica which may
     * lag that far behind. With a version it spares an entry at or above it the second time as well. Default: zero, never.
     */
    public RegionCacheBuilder<V> evictAgainAfter(Duration delay) {
        evictAgainAfter = requireNotNegative("evict again after", delay);
        return this;
    }

    /**
     * How many keys, tags and prefixes are remembered for their second eviction; what comes beyond it goes as a part of the
     * whole region when it is due. Default: 100,000.
     */
    public RegionCacheBuilder<V> maximumEvictAgain(int names) {
        maximumEvictAgain = (int) requirePositive("maximum evict again", names);
        return this;
    }

    /**
     * Lets a value that has expired or was invalidated stand in for a load that failed, until this long after it stopped being
     * valid. Such copies take the place that their entries had, within the region's limits. Default: zero, never.
     */
    public RegionCacheBuilder<V> failSafe(Duration duration) {
        failSafe = requireNotNegative("fail safe", duration);
        return this;
    }

    /**
     * Loads an entry anew that is read when it was stored so long ago: the reader is answered at once, {@link RegionCache#get}
     * loads in the background, and of the callers of {@link RegionCache#lookup} one is given a lease with its hit. If nothing
     * is stored within the lease's time, the next reader is asked. Default: zero, never.
     */
    public RegionCacheBuilder<V> refreshAfterWrite(Duration age) {
        refreshAfterWrite = requireNotNegative("refresh after write", age);
        return this;
    }

    /** By what part of the refresh age, from 0 to 1, an entry may be loaded anew earlier, each by another. Default: 0.1. */
    public RegionCacheBuilder<V> refreshJitter(double part) {
        if (!(part >= 0 && part <= 1)) {
            throw new IllegalArgumentException("refresh jitter must be from 0 to 1, but is " + part);
        }
        refreshJitter = part;
        return this;
    }

    /**
     * Runs the loads that refresh; what it rejects is counted and tried again later. Default: four daemon threads and a queue of
     * 1,000 for all caches of the process.
     */
    public RegionCacheBuilder<V> refreshExecutor(Executor executor) {
        refreshExecutor = executor;
        return this;
    }

    /** How many callers of {@link RegionCache#lookupOrAwait} may wait; more are answered at once. Default: 1,000. */
    public RegionCacheBuilder<V> maximumLoadWaiters(int waiters) {
        maximumLoadWaiters = (int) requirePositive("maximum load waiters", waiters);
        return this;
    }

    /** Hears what the cache does. Default: nobody. */
    public RegionCacheBuilder<V> listener(CacheListener listener) {
        this.listener = listener;
        return this;
    }

    /**
     * Whether to find out which evicted entries had been read between the change and their eviction. Every hit then reads
     * the clock and notes the time in the entry, which takes about as long as the hit itself. Default: where there is a
     * {@linkplain #listener listener}.
     */
    public RegionCacheBuilder<V> countStaleHits(boolean count) {
        countStaleHits = count;
        return this;
    }

    /** Where time comes from. Default: this machine's clocks. */
    public RegionCacheBuilder<V> time(TimeSource time) {
        this.time = time;
        return this;
    }

    /** What sweeps, and maintains Caffeine. Default: one daemon thread for all caches of the process. */
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
     * @throws IllegalArgumentException if not exactly one of the limits by entries and by bytes is set, or if the spread of
     *     resets is longer than the region's bound
     */
    public RegionCache<V> build() {
        if ((maximumEntries > 0) == (maximumBytes > 0)) {
            throw new IllegalArgumentException("set either maximum entries or maximum bytes of region " + region);
        }
        if (resetSpread.compareTo(unconfirmedAfter) > 0) {
            throw new IllegalArgumentException(
                    "reset spread must not exceed unconfirmed after, " + unconfirmedAfter + ", but is " + resetSpread);
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
                        maximumLoadWaiters),
                countStaleHits == null ? listener != CacheListener.NONE : countStaleHits,
                stripes,
                listener,
                time,
                sweptByOwner ? null : sweeping));
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
