package dev.freshet.cache.internal.tier;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierClaim;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.cache.CachedRegionStats;
import dev.freshet.cache.Lease;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.ValueCodec;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a region keeps in Redis, as far as this process may take it for good.
 *
 * <p>Redis itself vouches that nothing which it knows of concerns a value. That leaves the question whether it knows of all that
 * was applied here: an old master does not, nor does a server that came back with an older file. So what is read counts only
 * if it comes from the epoch that is followed here, and from a log at least as long as what had been applied when the local
 * lease was handed out. Whatever is applied after that kills that lease.
 */
public final class Tiering<V> {

    private static final Logger LOG = LoggerFactory.getLogger(Tiering.class);
    private static final byte[] ABSENT = {};

    /** A value that was read, and how it is to be kept here. */
    public record Fill<V>(@Nullable V value, StoreOptions options) {}

    private final RedisTier.Region tier;
    private final ValueCodec<V> codec;
    private final LongAdder codecFailures = new LongAdder();

    /** What a later store under a lease needs, by the lease's text; no older than such a lease may be. */
    private final Cache<String, TierLease> leases = Caffeine.newBuilder()
            .maximumSize(100_000)
            .expireAfterWrite(60, TimeUnit.SECONDS)
            .build();

    private final UnconfirmedEvictions evictions;
    private volatile @Nullable RegionSubscription subscription;

    /** The record that is being applied, or was last. Written before anything is evicted for it. */
    private volatile @Nullable Position applying;

    Tiering(RedisTier.Region tier, ValueCodec<V> codec, UnconfirmedEvictions evictions) {
        this.tier = tier;
        this.codec = codec;
        this.evictions = evictions;
    }

    public void followedBy(RegionSubscription by) {
        subscription = by;
    }

    public void applying(Position position) {
        applying = position;
    }

    /** What has been applied at least; null: nothing in Redis can be compared with it. To be asked after the local lease. */
    @Nullable
    public Position applied() {
        RegionSubscription current = subscription;
        Position reached = current == null ? null : current.position();
        Position at = applying;
        if (reached == null || at == null || at.epoch() != reached.epoch()) {
            return reached;
        }
        return reached.sequence() >= at.sequence() ? reached : at;
    }

    /** Reads. {@code applied}: what {@link #applied} said after the local lease was handed out. */
    public CompletableFuture<TierRead> read(String key, @Nullable Position applied) {
        return read(key, applied, null);
    }

    /**
     * Reads, and claims the load of a value that is missing.
     *
     * @param claim null: claims nothing
     */
    CompletableFuture<TierRead> read(String key, @Nullable Position applied, @Nullable TierClaim claim) {
        if (applied == null) {
            return CompletableFuture.completedFuture(new TierRead.Unavailable("the region has not joined"));
        }
        if (evictions.concernsKey(key)) {
            return CompletableFuture.completedFuture(NOT_EVICTED);
        }
        CompletableFuture<TierRead> answer = claim == null ? tier.read(key) : tier.read(key, claim);
        return answer.thenApply(read -> {
            if (!isOurs(read, applied)) {
                return OTHERS;
            }
            return read instanceof TierRead.Found found
                            && evictions.concernsTags(found.value().tags())
                    ? NOT_EVICTED
                    : read;
        });
    }

    private static final TierRead NOT_EVICTED =
            new TierRead.Unavailable("Redis has not confirmed an eviction that concerns the key");

    private static final TierRead OTHERS = new TierRead.Unavailable("Redis is at another position than this process");

    private static boolean isOurs(TierRead read, Position applied) {
        TierLease lease = leaseOf(read);
        return lease == null
                || (lease.head().epoch() == applied.epoch() && lease.head().sequence() >= applied.sequence());
    }

    public static @Nullable TierLease leaseOf(TierRead read) {
        if (read instanceof TierRead.Found found) {
            return found.lease();
        }
        return read instanceof TierRead.Absent absent ? absent.lease() : null;
    }

    /**
     * Returns what was found; null if nothing was, or nothing that can be read. However long the caller takes to store it, it ends here
     * when it ends in Redis.
     *
     * @param askedMicros the wall clock of this process before Redis was asked
     */
    @Nullable
    public Fill<V> fill(TierRead read, long askedMicros) {
        if (!(read instanceof TierRead.Found found)) {
            return null;
        }
        TierValue value = found.value();
        V decoded = value.isAbsence() ? null : decode(value.bytes());
        if (decoded == null && !value.isAbsence()) {
            return null;
        }
        try {
            StoreOptions options = StoreOptions.none()
                    .ttl(found.left()) // if the wall clock is set back meanwhile
                    .deadline(Instant.EPOCH.plus(askedMicros, ChronoUnit.MICROS).plus(found.left()))
                    .tags(value.tags());
            if (value.version().isPresent()) {
                options = options.version(value.version().getAsLong());
            }
            return new Fill<>(decoded, options);
        } catch (RuntimeException e) {
            LOG.warn(
                    "Region {}: a value in Redis cannot be kept, which counts as a miss: {}",
                    tier.region(),
                    e.toString());
            return null;
        }
    }

    /** Returns null if the codec fails, in whatever way: what is there is neither a value nor an absence. */
    @SuppressWarnings("NullAway") // a codec may break its contract, and throw what it does not declare
    private @Nullable V decode(byte[] bytes) {
        try {
            return Objects.requireNonNull(codec.decode(bytes), "the codec returned null");
        } catch (Throwable e) {
            codecFailed("decode a value in Redis, which counts as a miss", e);
            return null;
        }
    }

    /** Returns null if the codec fails. */
    private byte @Nullable [] encode(V value) {
        try {
            return Objects.requireNonNull(codec.encode(value), "the codec returned null");
        } catch (Throwable e) {
            codecFailed("encode a value, which is not stored in Redis", e);
            return null;
        }
    }

    private void codecFailed(String what, Throwable fault) {
        codecFailures.increment();
        LOG.warn("Region {}: the codec cannot {}: {}", tier.region(), what, fault.toString());
    }

    CachedRegionStats stats(LoadTurns turns) {
        return new CachedRegionStats(
                codecFailures.sum(),
                evictions.pending(),
                evictions.retries(),
                evictions.overflows(),
                turns.loadsSpared(),
                turns.loadsAwaitedInVain());
    }

    /** Returns the options with a time to live that is at most that of the tier. */
    public StoreOptions bounded(StoreOptions options) {
        Duration longest = tier.longest();
        return options.ttl().isPresent() && options.ttl().get().compareTo(longest) <= 0
                ? options
                : options.ttl(longest);
    }

    public void remember(Lease lease, @Nullable TierLease ofTier) {
        if (ofTier != null) {
            leases.put(lease.token(), ofTier);
        }
    }

    @Nullable
    public TierLease take(String token) {
        return leases.asMap().remove(token);
    }

    /**
     * Stores what was just stored here, in the background.
     *
     * @param options as {@link #bounded} returned them
     */
    public void store(String key, @Nullable TierLease lease, @Nullable V value, StoreOptions options) {
        store(key, lease, value, options, null);
    }

    /**
     * Stores what was just stored here, in the background, and ends the claim under which it was loaded.
     *
     * @param options as {@link #bounded} returned them
     * @param claim null: there is none
     */
    void store(
            String key, @Nullable TierLease lease, @Nullable V value, StoreOptions options, @Nullable TierClaim claim) {
        if (!storesUnder(key, lease, value, options, claim)) {
            release(key, claim);
        }
    }

    /**
     * A load has ended: keeps in Redis what is kept here, in the background, and ends the claim.
     *
     * @param result what became of the value here; null: the load brought nothing to keep
     */
    void loaded(
            String key,
            @Nullable TierLease lease,
            @Nullable V value,
            StoreOptions options,
            @Nullable TierClaim claim,
            @Nullable StoreResult result) {
        if (result != null && result.isStored()) {
            store(key, lease, value, options, claim);
            return;
        }
        if (result != null && result.isTooLarge()) {
            drop(key);
        }
        release(key, claim);
    }

    /** Ends a claim under which nothing is stored, in the background. */
    @SuppressWarnings("FutureReturnValueIgnored") // if it fails, the claim ends by itself
    void release(String key, @Nullable TierClaim claim) {
        if (claim != null) {
            tier.release(key, claim);
        }
    }

    /** Returns false if nothing was sent that ends the claim. */
    @SuppressWarnings("FutureReturnValueIgnored") // the tier counts what becomes of it
    private boolean storesUnder(
            String key, @Nullable TierLease lease, @Nullable V value, StoreOptions options, @Nullable TierClaim claim) {
        if (lease == null || (options.version().isPresent() && !hasApplied(lease.head()))) {
            // Which versions are too low is known here only for what has been applied.
            return false;
        }
        Duration life = options.ttl().orElse(tier.longest());
        if (options.deadline().isPresent()) {
            Duration untilThen =
                    Duration.between(Instant.now(), options.deadline().get());
            life = life.compareTo(untilThen) < 0 ? life : untilThen;
        }
        byte[] bytes = value == null ? ABSENT : encode(value);
        if (bytes == null) {
            drop(key); // what is there is older
            return false;
        }
        TierValue stored = value == null
                ? TierValue.absence(options.tags(), options.version())
                : TierValue.of(bytes, options.tags(), options.version());
        if (life.compareTo(Duration.ofMillis(1)) < 0 || bytes.length > TierValue.MAX_BYTES) {
            drop(key); // so is it here
        }
        tier.store(key, lease, stored, life.isNegative() ? Duration.ZERO : life, claim);
        return true;
    }

    private boolean hasApplied(Position head) {
        Position applied = applied();
        return applied != null && applied.epoch() == head.epoch() && applied.sequence() >= head.sequence();
    }

    /** Evicts, in the background, what a value was to replace that is not kept in Redis. */
    @SuppressWarnings("FutureReturnValueIgnored") // repeated until Redis confirms it
    public void drop(String key) {
        evictions.evictFromRedis(key);
    }

    /** Evicts from Redis, then from the local cache; completes with whether the first attempt succeeded. */
    CompletableFuture<Boolean> evict(Selector selector) {
        return evictions.evict(selector, -1);
    }
}
