package dev.freshet;

import dev.freshet.bus.Change;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.UnavailableException;
import dev.freshet.cache.CacheException;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.Mark;
import dev.freshet.cache.SourceWrite;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.WriteResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The way of an invalidation, within one deadline: evict here, append to the log, wait until the log is applied here. What Redis does
 * not acknowledge goes to the {@link ChangeQueue}, or back to the caller.
 */
final class Invalidations {

    private final Duration timeout;
    private final OnFailure onFailure;
    private final ChangeQueue queue;
    private final UnaryOperator<Change> made;
    private final LongAdder logged = new LongAdder();
    private final LongAdder notAppliedHere = new LongAdder();

    /** @param made hears each change on the thread that made it */
    Invalidations(Duration timeout, OnFailure onFailure, ChangeQueue queue, UnaryOperator<Change> made) {
        this.timeout = timeout;
        this.onFailure = onFailure;
        this.queue = queue;
        this.made = made;
    }

    Published publish(CachedRegion<?> region, RegionSubscription subscription, Change change) {
        Change dated = dated(change);
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        Receipt receipt;
        try {
            // Waits here, and not for the bounded future, since an answer wakes this thread directly.
            receipt = await(region.afterWrite(dated), deadlineNanos);
        } catch (TimeoutException late) {
            return failed(region, dated, UnavailableException.notAcknowledgedWithin(timeout));
        } catch (ExecutionException fault) {
            return failed(region, dated, causeOf(fault));
        }
        try {
            Duration left = left(deadlineNanos);
            return logged(receipt, await(subscription.awaitPosition(receipt.position(), left), Long.MAX_VALUE));
        } catch (ExecutionException | TimeoutException impossible) {
            return logged(receipt, false);
        }
    }

    CompletableFuture<Published> publishAsync(CachedRegion<?> region, RegionSubscription subscription, Change change) {
        Change dated = dated(change);
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        return region.afterWrite(dated, timeout)
                .thenCompose(receipt -> subscription
                        .awaitPosition(receipt.position(), left(deadlineNanos))
                        .thenApply(applied -> logged(receipt, applied)))
                .exceptionally(fault -> failed(region, dated, causeOf(fault)));
    }

    <V, X extends Exception> WriteResult write(
            CachedRegion<V> region, String key, @Nullable V value, SourceWrite<X> write) throws X {
        WriteResult result;
        try {
            result = region.write(key, value, write);
        } catch (Throwable fault) {
            boolean isUnknown = Arrays.stream(fault.getSuppressed()).anyMatch(CacheException.class::isInstance);
            if (isUnknown && onFailure == OnFailure.QUEUE) {
                queue(region, dated(Change.ofKeys(key)));
            }
            throw fault;
        }
        return published(region, key, result);
    }

    <V> WriteResult written(CachedRegion<V> region, String key, V value, Mark since, StoreOptions options) {
        return published(region, key, region.written(key, value, since, options));
    }

    private WriteResult published(CachedRegion<?> region, String key, WriteResult result) {
        if (!result.isPublished() && onFailure == OnFailure.QUEUE) {
            queue(region, dated(Change.ofKeys(key)));
        }
        return result;
    }

    /** The change with its time, so that it does not seem younger when it is repeated. */
    private Change dated(Change change) {
        Change traced = made.apply(change);
        return traced.changedAt() != null ? traced : traced.withChangedAt(Instant.now());
    }

    private Published logged(Receipt receipt, boolean isApplied) {
        logged.increment();
        if (!isApplied) {
            notAppliedHere.increment();
        }
        return new Published.Logged(receipt, isApplied);
    }

    /** Redis did not acknowledge the change, or refused it. */
    private Published failed(CachedRegion<?> region, Change change, Throwable fault) {
        if (fault instanceof UnavailableException && onFailure == OnFailure.QUEUE) {
            queue(region, change);
            return new Published.Queued(fault);
        }
        if (fault instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (fault instanceof Error error) {
            throw error;
        }
        throw new CompletionException(fault);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // repeated until Redis has evicted it
    private void queue(CachedRegion<?> region, Change change) {
        // The tier may still have the old value: it is not read before Redis has evicted that.
        change.selectors().forEach(region::invalidate);
        queue.add(region.region(), change);
    }

    FreshetStats stats(long observerFailures) {
        return queue.stats(logged.sum(), notAppliedHere.sum(), observerFailures);
    }

    private static Duration left(long deadlineNanos) {
        return Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime()));
    }

    /** Waits although the thread is interrupted: the source is written, and the caller must know whether the others hear of it. */
    private static <T> T await(CompletableFuture<T> future, long deadlineNanos)
            throws ExecutionException, TimeoutException {
        boolean wasInterrupted = false;
        try {
            while (true) {
                try {
                    long nanos = deadlineNanos == Long.MAX_VALUE
                            ? Long.MAX_VALUE / 2
                            : Math.max(0, deadlineNanos - System.nanoTime());
                    return future.get(nanos, TimeUnit.NANOSECONDS);
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

    private static Throwable causeOf(Throwable fault) {
        boolean isWrapped = fault instanceof ExecutionException || fault instanceof CompletionException;
        return isWrapped && fault.getCause() != null ? fault.getCause() : fault;
    }
}
