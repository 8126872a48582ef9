package dev.freshet.spring;

import dev.freshet.cache.Lookup;
import dev.freshet.cache.Mark;
import dev.freshet.spring.internal.transaction.CacheRegion;
import dev.freshet.spring.internal.transaction.Counts;
import dev.freshet.spring.internal.transaction.CurrentTransaction;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Looks into one cache, outside of transactions and within them. */
final class CacheReads {

    private final CacheRegion region;
    private final Executor executor;
    private final Counts counts;

    /** @param executor calls what depends on an answer of the tier */
    CacheReads(CacheRegion region, Executor executor, Counts counts) {
        this.region = region;
        this.executor = executor;
        this.counts = counts;
    }

    /** Returns what is cached, without a lease; null on a miss. */
    @Nullable
    Lookup<Object> find(String key, @Nullable CurrentTransaction transaction) {
        Lookup<Object> found = look(key, transaction);
        if (found instanceof Lookup.Miss<Object> miss) {
            region.release(miss.lease());
            return null;
        }
        if (found instanceof Lookup.Hit<Object> hit && hit.refresh() != null) {
            region.release(hit.refresh());
        }
        return found;
    }

    /**
     * Returns the value of a hit, for which nothing is made; null if it is no hit, or one of the few of which {@link #look} knows more.
     *
     * @throws IllegalStateException if the cache is closed
     */
    @Nullable
    Object hit(String key, @Nullable CurrentTransaction transaction) {
        if (transaction != null && transaction.hides(region, key, true)) {
            return null;
        }
        try {
            return region.region().getIfHit(key);
        } catch (IllegalStateException closed) {
            region.open();
            throw closed;
        }
    }

    /**
     * Returns what a caller in this transaction may read, or a miss with a lease that must be stored under or released; null if it is a
     * miss, and nothing that the caller loads may be stored.
     */
    @Nullable
    Lookup<Object> look(String key, @Nullable CurrentTransaction transaction) {
        return transaction == null ? lookup(key) : lookupWithin(transaction, key);
    }

    private Lookup<Object> lookup(String key) {
        try {
            return region.open().lookupForLoad(key).join();
        } catch (CompletionException fault) {
            throw fault.getCause() instanceof RuntimeException cause ? cause : fault;
        }
    }

    private @Nullable Lookup<Object> lookupWithin(CurrentTransaction transaction, String key) {
        Mark since = transaction.markOf(region);
        Lookup<Object> found = since == null ? lookup(key) : region.open().lookupForLoad(key, since);
        if (found instanceof Lookup.Hit<Object> hit) {
            boolean isHidden = transaction.hides(region, key, hit.tags() > 0);
            if (hit.refresh() != null) {
                region.release(hit.refresh());
            }
            return isHidden ? null : found;
        }
        if (found instanceof Lookup.Miss<Object> miss && since == null) {
            counts.untrackedLoad(region);
            region.release(miss.lease());
            return null;
        }
        return found;
    }

    /** Like {@link #look} outside of transactions, without blocking. */
    CompletableFuture<Lookup<Object>> lookAsync(String key) {
        CompletableFuture<Lookup<Object>> found = region.open().lookupForLoad(key);
        return found.isDone() ? found : found.thenApplyAsync(Function.identity(), executor);
    }
}
