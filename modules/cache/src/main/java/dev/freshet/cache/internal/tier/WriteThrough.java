package dev.freshet.cache.internal.tier;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.cache.CacheException;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Mark;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.SourceWrite;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.WriteResult;
import dev.freshet.cache.internal.load.LoadCall;
import dev.freshet.cache.internal.region.LocalRegion;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The way of a write: the source, the invalidation everywhere, then the new value here and in the tier. */
final class WriteThrough<V> {

    private final LocalRegion<V> local;
    private final @Nullable Tiering<V> tiering;
    private final @Nullable Publisher publisher;
    private final PendingWrites pendingWrites;
    private final Duration timeout;
    private volatile @Nullable RegionSubscription subscription;

    WriteThrough(
            LocalRegion<V> local,
            @Nullable Tiering<V> tiering,
            @Nullable Publisher publisher,
            PendingWrites pendingWrites,
            Duration timeout) {
        this.local = local;
        this.tiering = tiering;
        this.publisher = publisher;
        this.pendingWrites = pendingWrites;
        this.timeout = timeout;
    }

    void followedBy(RegionSubscription by) {
        subscription = by;
    }

    /** Write-aside. */
    CompletableFuture<Receipt> afterWrite(Change change) {
        return evictedHere(change).publish(local.region(), change);
    }

    CompletableFuture<Receipt> afterWrite(Change change, Duration atMost) {
        return evictedHere(change).publish(local.region(), change, atMost);
    }

    private Publisher evictedHere(Change change) {
        Publisher to = requirePublisher();
        long version = change.version().orElse(-1);
        for (Selector selector : change.selectors()) {
            pendingWrites.evicting(selector);
            local.invalidate(selector, version);
        }
        return to;
    }

    <X extends Exception> WriteResult write(String key, @Nullable V value, SourceWrite<X> write) throws X {
        Publisher to = requirePublisher();
        Syntax.requireName("key", key); // before the source is written
        Objects.requireNonNull(write, "write");
        PendingWrites.Pending pending = pendingWrites.begin(key);
        LoadCall call = new LoadCall();
        try {
            try {
                write.run(call);
            } catch (Throwable fault) {
                invalidateAfter(fault, to, key);
                throw fault;
            }
            return finish(to, pending, key, value, call);
        } finally {
            pendingWrites.end(pending);
        }
    }

    /** The source was written since the mark, by somebody else, and has committed. */
    WriteResult written(String key, V value, Mark since, StoreOptions options) {
        Publisher to = requirePublisher();
        Syntax.requireName("key", key);
        Objects.requireNonNull(value, "value");
        PendingWrites.Pending pending = pendingWrites.begin(key);
        try {
            // After the write is pending: what comes from now on overtakes it, what came since the mark is known here.
            boolean isAlone = local.isCurrentSince(key, since);
            LoadCall call = new LoadCall();
            call.adopt(options, false);
            return finish(to, pending, key, isAlone ? value : null, call);
        } finally {
            pendingWrites.end(pending);
        }
    }

    /** The write may have committed before it failed. If it is not known that all replicas will hear of it, its fault says so. */
    private void invalidateAfter(Throwable fault, Publisher to, String key) {
        long deadlineNanos = deadlineNanos();
        try {
            local.invalidate(key);
            awaitReceipt(to.publish(local.region(), Change.ofKeys(key)), key, deadlineNanos);
        } catch (ExecutionException | RuntimeException e) {
            fault.addSuppressed(new CacheException(
                    "the write of key \"" + key + "\" may have committed, but its invalidation may not be in the log"
                            + " (not acknowledged within " + timeout.toMillis() + " ms, or refused): call afterWrite",
                    causeOf(e)));
        }
    }

    private long deadlineNanos() {
        return System.nanoTime() + timeout.toNanos();
    }

    private static Throwable causeOf(Exception fault) {
        return fault instanceof ExecutionException && fault.getCause() != null ? fault.getCause() : fault;
    }

    /** Waits although the thread is interrupted: the source is written, and the caller must know whether the others will hear. */
    private Receipt awaitReceipt(CompletableFuture<Receipt> published, String key, long deadlineNanos)
            throws ExecutionException {
        boolean wasInterrupted = false;
        try {
            while (true) {
                try {
                    return published.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
                } catch (TimeoutException late) {
                    throw new CacheException(
                            "the invalidation of key \"" + key + "\" was not acknowledged within " + timeout.toMillis()
                                    + " ms; it may be in the log after all",
                            late);
                } catch (InterruptedException e) {
                    wasInterrupted = true;
                }
            }
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Everything after the write, within one timeout. */
    private WriteResult finish(
            Publisher to, PendingWrites.Pending pending, String key, @Nullable V value, LoadCall call) {
        long deadlineNanos = deadlineNanos();
        local.invalidate(key); // here at once, whatever becomes of the rest
        Change.Builder change = Change.builder().keys(key, pending.mark);
        call.options().version().ifPresent(change::version);
        Receipt receipt;
        try {
            receipt = awaitReceipt(to.publish(local.region(), change.build()), key, deadlineNanos);
        } catch (ExecutionException | RuntimeException e) {
            return new WriteResult(null, false, causeOf(e));
        }
        boolean isStored =
                value != null && call.keeps(false) && cache(pending, key, value, call.options(), deadlineNanos);
        return new WriteResult(receipt, isStored, null);
    }

    private boolean cache(
            PendingWrites.Pending pending, String key, V value, StoreOptions options, long deadlineNanos) {
        RegionSubscription following = subscription;
        Tiering<V> tier = tiering;
        try {
            if (following == null) {
                return false; // nobody would tell what else concerns the key
            }
            pending.ownApplied.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
            // First the leases, then the look at what came before them: what comes after kills them.
            Lease lease = local.lease(key);
            TierLease ofTier = null;
            if (tier != null && local.state() != ServingState.BYPASSED) {
                ofTier = Tiering.leaseOf(tier.read(key, tier.applied())
                        .get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS));
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
