package dev.freshet.cache;

import dev.freshet.bus.Change;
import dev.freshet.bus.Confirmation;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.internal.tier.PendingWrites;
import dev.freshet.cache.internal.tier.Tiering;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A region with what lies around its local cache: a tier in Redis behind it, shared by all replicas, and a way to write. Give
 * it, not the cache, to {@code Subscriber.subscribe} as the region's reader.
 *
 * <pre>{@code
 * RegionCache<User> local = RegionCache.<User>builder("users").maximumEntries(100_000).build();
 * CachedRegion<User> users = CachedRegion.over(local)
 *         .tier(tier.region("users", Duration.ofHours(1)), codec)
 *         .publisher(publisher)
 *         .build();
 * User user = users.get("user:1", (key, load) -> database.find(key));            // local, then Redis, then the database
 * users.write("user:1", changed, write -> database.update(changed));             // write-through
 * database.update(changed); users.afterWrite("user:1");                          // write-aside
 * }</pre>
 *
 * <p>Every promise of {@link RegionCache} holds for both tiers: a load that was overtaken is stored in neither. Safe to use from
 * any thread.
 */
public final class CachedRegion<V> implements RegionReader, AutoCloseable {

    /** How long a write-through waits, in all, before it gives up caching what it wrote. */
    private static final Duration STORE_PATIENCE = Duration.ofSeconds(1);

    private final RegionCache<V> local;
    private final @Nullable Tiering<V> tiering;
    private final @Nullable Publisher publisher;
    private final PendingWrites writes = new PendingWrites();
    private volatile @Nullable RegionSubscription subscription;

    private CachedRegion(Builder<V> builder) {
        local = builder.local;
        publisher = builder.publisher;
        tiering = builder.tiering;
        if (tiering != null) {
            local.evictsAgainThrough(this::evictTierAndAgain);
        }
    }

    /** Begins a region over a local cache. */
    public static <V> Builder<V> over(RegionCache<V> local) {
        return new Builder<>(local);
    }

    /** Collects what a region has. */
    public static final class Builder<V> {
        private final RegionCache<V> local;
        private @Nullable Tiering<V> tiering;
        private @Nullable Publisher publisher;

        private Builder(RegionCache<V> local) {
            this.local = local;
        }

        /** Puts a tier in Redis behind the cache. Default: none. */
        public Builder<V> tier(RedisTier.Region tier, ValueCodec<V> codec) {
            if (!tier.region().equals(local.region())) {
                throw new IllegalArgumentException(
                        "the tier is of region " + tier.region() + ", the cache of " + local.region());
            }
            tiering = new Tiering<>(tier, codec);
            return this;
        }

        /** Says what writes are told to. Default: nothing, and writes are refused. */
        public Builder<V> publisher(Publisher publisher) {
            this.publisher = publisher;
            return this;
        }

        public CachedRegion<V> build() {
            return new CachedRegion<>(this);
        }
    }

    /** The local cache. What is stored there directly is not stored in Redis. */
    public RegionCache<V> local() {
        return local;
    }

    // ---- reading

    /**
     * Returns the cached value, or the one in Redis, or else loads it; see {@link RegionCache#get}. Blocks while it asks Redis, for
     * a bounded time, and while it loads. What the load says of how long its value may be kept counts for both tiers.
     */
    public @Nullable V get(String key, Loader<V> loader) {
        Tiering<V> tier = tiering;
        return local.get(key, tier == null ? loader : through(tier, loader));
    }

    private Loader<V> through(Tiering<V> tier, Loader<V> loader) {
        return (key, context) -> {
            if (isBypassed()) {
                return loader.load(key, context);
            }
            TierRead read = tier.read(key, tier.applied()).join();
            // A value that is there is being loaded because it grows old; the one in Redis is no younger.
            Tiering.Fill<V> fill = local.count(List.of(Selector.keys(key))) > 0 ? null : tier.fill(read);
            if (fill != null) {
                context.adopt(fill.options(), fill.value() == null);
                return fill.value();
            }
            V value = loader.load(key, context);
            StoreOptions bounded = tier.bounded(context.options());
            context.ttl(bounded.ttl().orElse(Duration.ZERO));
            TierLease lease = Tiering.leaseOf(read);
            context.onStored(() -> tier.store(key, lease, value, bounded));
            return value;
        };
    }

    /**
     * Returns what is cached here or in Redis, or a lease under which the caller may store what it loads from now on. Never
     * blocks; without a tier, and where the local cache has it, the future is complete. Else it completes on a thread that
     * must not be held up.
     */
    public CompletableFuture<Lookup<V>> lookup(String key) {
        return behind(key, local.lookup(key));
    }

    /** The same where the caller has looked into the local cache, and that is what it got. */
    public CompletableFuture<Lookup<V>> behind(String key, Lookup<V> found) {
        Tiering<V> tier = tiering;
        if (tier == null || !(found instanceof Miss<V> miss) || isBypassed()) {
            return CompletableFuture.completedFuture(found);
        }
        return tier.read(key, tier.applied()).thenApply(read -> {
            Tiering.Fill<V> fill = tier.fill(read);
            if (fill == null) {
                tier.remember(miss.lease(), Tiering.leaseOf(read));
                return found;
            }
            StoreResult kept = fill.value() == null
                    ? local.storeAbsence(miss.lease(), fill.options())
                    : local.store(miss.lease(), fill.value(), fill.options());
            return kept.isStored() ? local.lookup(key) : overtaken(key, kept, found);
        });
    }

    /** What was read is not to be kept here: the caller loads, under a lease that is still good. */
    private Lookup<V> overtaken(String key, StoreResult kept, Lookup<V> found) {
        return kept.refusal().filter(refusal -> refusal == Refusal.TOO_LARGE).isPresent() ? found : local.lookup(key);
    }

    private boolean isBypassed() {
        return local.state() == ServingState.BYPASSED;
    }

    // ---- storing

    /** Stores here and in Redis what was loaded since the lease was handed out; see {@link RegionCache#store}. */
    public StoreResult store(Lease lease, V value, StoreOptions options) {
        return stored(lease.key(), lease.token(), value, options, bounded -> local.store(lease, value, bounded));
    }

    /** Stores here and in Redis under a lease that is known by its text; see {@link RegionCache#store}. */
    public StoreResult store(String key, @Nullable String token, V value, StoreOptions options) {
        return stored(key, token, value, options, bounded -> local.store(key, token, value, bounded));
    }

    private StoreResult stored(
            String key,
            @Nullable String token,
            V value,
            StoreOptions options,
            java.util.function.Function<StoreOptions, StoreResult> locally) {
        Tiering<V> tier = tiering;
        if (tier == null) {
            return locally.apply(options);
        }
        StoreOptions bounded = tier.bounded(options);
        StoreResult result = locally.apply(bounded);
        TierLease lease = token == null ? null : tier.take(token);
        if (result.isStored()) {
            tier.store(key, lease, value, bounded);
        }
        return result;
    }

    // ---- invalidating, here and in Redis only

    /**
     * Evicts here and in Redis, and refuses what was being loaded of it; other replicas keep what they have. Done here at the
     * return; the future completes when it is done in Redis too, with whether it is. Until then a read may bring a value
     * back from there, which goes with it.
     */
    public CompletableFuture<Boolean> invalidate(Selector selector) {
        writes.evicting(selector);
        local.invalidate(selector);
        Tiering<V> tier = tiering;
        if (tier == null) {
            return CompletableFuture.completedFuture(true);
        }
        return tier.evict(selector).thenApply(gone -> {
            local.invalidate(selector);
            return gone;
        });
    }

    /** The second time: what a load from a replica that lagged has brought is in Redis as well. */
    @SuppressWarnings(
            "FutureReturnValueIgnored") // a tier that is away has lost nothing by it: its values end by themselves
    private void evictTierAndAgain(Selector selector, Runnable locally) {
        Tiering<V> tier = tiering;
        if (tier != null) {
            tier.evict(selector).thenRun(locally);
        }
    }

    // ---- writing

    /**
     * Write-aside: to be called when a write of the source is committed, never before and never within its transaction. Evicts
     * here at once, and everywhere when the future completes.
     *
     * <p>Should the process die between the commit and this call, nobody is told by it: a source that follows the database
     * (an outbox, or its log) is; without one, entries end with their time to live.
     *
     * @return completes when all replicas will hear of it; exceptionally as {@link Publisher#publish} does, and then it is to
     *     be called again
     * @throws IllegalStateException if the region has no publisher
     */
    public CompletableFuture<Receipt> afterWrite(String... keys) {
        Publisher to = requirePublisher();
        Selector selector = Selector.keys(keys);
        writes.evicting(selector);
        local.invalidate(selector);
        return to.publish(local.region(), Change.of(selector));
    }

    /**
     * Write-through: writes the source, then invalidates the key everywhere, then caches the new value, here and in Redis, if
     * nothing else concerned the key since before the write. So of two writers none leaves an older value, whatever the order
     * in which they are done: each one's invalidation comes after its commit, and takes away what the other has cached.
     *
     * <p>Should the process die after the commit and before the invalidation, the same holds as for {@link #afterWrite}.
     *
     * <p>Blocks: for the write, for the invalidation, and for a second at most to cache the value.
     *
     * @param value what a load would bring from now on; null if the write removes it
     * @param write must have committed when it returns; if it throws, the key is invalidated, since it may have
     * @throws X what the write throws
     * @throws IllegalStateException if the region has no publisher
     */
    @SuppressWarnings("FutureReturnValueIgnored") // the write's own fault is what the caller hears
    public <X extends Exception> WriteResult write(String key, @Nullable V value, SourceWrite<X> write) throws X {
        Publisher to = requirePublisher();
        PendingWrites.Pending pending = writes.begin(key);
        LoadContext context = new LoadContext();
        boolean isDone = false;
        try {
            write.run(context);
            isDone = true;
            return finish(to, pending, key, value, context);
        } finally {
            writes.end(pending);
            if (!isDone) {
                local.invalidate(key);
                to.publish(local.region(), Change.ofKeys(key));
            }
        }
    }

    private WriteResult finish(
            Publisher to, PendingWrites.Pending pending, String key, @Nullable V value, LoadContext context) {
        local.invalidate(key); // here at once, whatever becomes of the rest
        Change.Builder change = Change.builder().keys(key, pending.mark);
        context.options().version().ifPresent(change::version);
        Receipt receipt;
        try {
            receipt = to.publish(local.region(), change.build()).join();
        } catch (CompletionException e) {
            return new WriteResult(null, false, e.getCause() == null ? e : e.getCause());
        }
        boolean isStored = value != null && context.keeps(false) && cache(pending, key, value, context);
        return new WriteResult(receipt, isStored, null);
    }

    private boolean cache(PendingWrites.Pending pending, String key, V value, LoadContext context) {
        long deadlineNanos = System.nanoTime() + STORE_PATIENCE.toNanos();
        RegionSubscription following = subscription;
        Tiering<V> tier = tiering;
        try {
            if (following == null) {
                return false; // nobody would tell what else concerns the key
            }
            pending.ownApplied.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            // First the leases, then the look at what came before them: what comes after kills them.
            Lease lease = local.lease(key);
            TierLease ofTier = null;
            if (tier != null && !isBypassed()) {
                ofTier = Tiering.leaseOf(tier.read(key, tier.applied()).join());
                if (ofTier != null && !hasApplied(following, ofTier.head(), deadlineNanos)) {
                    ofTier = null;
                }
            }
            if (pending.isOvertaken()) {
                return false;
            }
            StoreOptions options = tier == null ? context.options() : tier.bounded(context.options());
            boolean isStored = local.store(lease, value, options).isStored();
            if (isStored && tier != null) {
                tier.store(key, ofTier, value, options);
            }
            return isStored;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static boolean hasApplied(RegionSubscription following, Position head, long deadlineNanos)
            throws InterruptedException, ExecutionException {
        Duration left = Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime()));
        return following.awaitPosition(head, left).get();
    }

    private Publisher requirePublisher() {
        Publisher to = publisher;
        if (to == null) {
            throw new IllegalStateException("region " + local.region() + " was built without a publisher");
        }
        return to;
    }

    // ---- the bus's side

    @Override
    public void attached(Confirmation confirmation, RedisTime time) {
        local.attached(confirmation, time);
    }

    @Override
    public void followedBy(RegionSubscription by) {
        subscription = by;
        if (tiering != null) {
            tiering.followedBy(by);
        }
        local.followedBy(by);
    }

    @Override
    public void apply(LoggedRecord record) {
        if (tiering != null) {
            tiering.applying(record.header().position());
        }
        List<Invalidation> invalidations = record.body().invalidations();
        boolean anyWrites = !writes.isEmpty();
        if (anyWrites) {
            invalidations.forEach(invalidation -> writes.evicting(invalidation.selector()));
        }
        local.apply(record);
        if (anyWrites) {
            invalidations.forEach(invalidation -> writes.evicted(invalidation.selector()));
        }
    }

    @Override
    public void reset(ResetReason reason) {
        writes.evictingAll();
        local.reset(reason);
    }

    @Override
    public void joined() {
        writes.evictingAll();
        local.joined();
    }

    @Override
    public long count(List<Selector> selectors) {
        return local.count(selectors);
    }

    /** Closes the local cache. The tier and the publisher are their owner's. */
    @Override
    public void close() {
        local.close();
    }
}
