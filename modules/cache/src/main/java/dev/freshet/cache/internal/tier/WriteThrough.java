package dev.freshet.cache.internal.tier;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.cache.Lease;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.SourceWrite;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.WriteResult;
import dev.freshet.cache.internal.load.LoadCall;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The way of a write: the source, the invalidation everywhere, then the new value here and in the tier. */
final class WriteThrough<V> {

    /** How long a write-through waits, in all, before it gives up caching what it wrote. */
    private static final Duration STORE_PATIENCE = Duration.ofSeconds(1);

    private final RegionCache<V> local;
    private final @Nullable Tiering<V> tiering;
    private final @Nullable Publisher publisher;
    private final PendingWrites pendingWrites;
    private volatile @Nullable RegionSubscription subscription;

    WriteThrough(
            RegionCache<V> local,
            @Nullable Tiering<V> tiering,
            @Nullable Publisher publisher,
            PendingWrites pendingWrites) {
        this.local = local;
        this.tiering = tiering;
        this.publisher = publisher;
        this.pendingWrites = pendingWrites;
    }

    void followedBy(RegionSubscription by) {
        subscription = by;
    }

    /** Write-aside. */
    CompletableFuture<Receipt> afterWrite(String... keys) {
        Publisher to = requirePublisher();
        Selector selector = Selector.keys(keys);
        pendingWrites.evicting(selector);
        local.invalidate(selector);
        return to.publish(local.region(), Change.of(selector));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the write's own fault is what the caller hears
    <X extends Exception> WriteResult write(String key, @Nullable V value, SourceWrite<X> write) throws X {
        Publisher to = requirePublisher();
        PendingWrites.Pending pending = pendingWrites.begin(key);
        LoadCall call = new LoadCall();
        boolean isDone = false;
        try {
            write.run(call);
            isDone = true;
            return finish(to, pending, key, value, call);
        } finally {
            pendingWrites.end(pending);
            if (!isDone) {
                local.invalidate(key);
                to.publish(local.region(), Change.ofKeys(key));
            }
        }
    }

    private WriteResult finish(
            Publisher to, PendingWrites.Pending pending, String key, @Nullable V value, LoadCall call) {
        local.invalidate(key); // here at once, whatever becomes of the rest
        Change.Builder change = Change.builder().keys(key, pending.mark);
        call.options().version().ifPresent(change::version);
        Receipt receipt;
        try {
            receipt = to.publish(local.region(), change.build()).join();
        } catch (CompletionException e) {
            return new WriteResult(null, false, e.getCause() == null ? e : e.getCause());
        }
        boolean isStored = value != null && call.keeps(false) && cache(pending, key, value, call.options());
        return new WriteResult(receipt, isStored, null);
    }

    private boolean cache(PendingWrites.Pending pending, String key, V value, StoreOptions options) {
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
            if (tier != null && local.state() != ServingState.BYPASSED) {
                ofTier = Tiering.leaseOf(tier.read(key, tier.applied()).join());
                if (ofTier != null && !hasApplied(following, ofTier.head(), deadlineNanos)) {
                    ofTier = null;
                }
            }
            if (pending.isOvertaken()) {
                return false;
            }
            StoreOptions bounded = tier == null ? options : tier.bounded(options);
            boolean isStored = local.store(lease, value, bounded).isStored();
            if (isStored && tier != null) {
                tier.store(key, ofTier, value, bounded);
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
            throw new IllegalStateException("region \"" + local.region()
                    + "\" was built without a publisher, which writes need: see CachedRegion.Builder.publisher");
        }
        return to;
    }
}
