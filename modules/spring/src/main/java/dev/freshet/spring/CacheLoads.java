package dev.freshet.spring;

import dev.freshet.cache.Lease;
import dev.freshet.cache.LoadContext;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.LoadTimeoutException;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Mark;
import dev.freshet.spring.internal.transaction.CacheRegion;
import dev.freshet.spring.internal.transaction.CurrentTransaction;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;

/** Loads what one cache misses, under a lease. Concurrent callers of a key share a load, unless it may read what is not committed. */
final class CacheLoads {

    private final CacheRegion region;
    private final CacheReads reads;
    private final CacheStores stores;

    CacheLoads(CacheRegion region, CacheReads reads, CacheStores stores) {
        this.region = region;
        this.reads = reads;
        this.stores = stores;
    }

    /**
     * Returns what is cached, or else what the loader returns.
     *
     * @param key whose text this is; named in faults
     * @throws Cache.ValueRetrievalException if the loader fails
     */
    @SuppressWarnings("unchecked")
    <T> @Nullable T load(
            Object key, String text, Callable<T> loader, @Nullable CurrentTransaction transaction, Tagging tagging) {
        try {
            if (transaction == null) {
                return (T) region.open().get(text, (missed, load) -> tagged(loader.call(), load, tagging));
            }
            Mark since = transaction.markOf(region);
            if (since != null && transaction.isReadOnly() && !transaction.hides(region, text, true)) {
                return (T) region.open().get(text, (missed, load) -> tagged(loader.call(), load, tagging), since);
            }
            return loadAlone(text, loader, transaction, tagging);
        } catch (LoadTimeoutException late) {
            throw new Cache.ValueRetrievalException(key, loader, late);
        } catch (LoadException fault) {
            throw new Cache.ValueRetrievalException(key, loader, fault.getCause());
        } catch (Failed fault) {
            throw new Cache.ValueRetrievalException(key, loader, fault.getCause());
        }
    }

    /** What a loader threw. */
    private static final class Failed extends RuntimeException {
        Failed(Throwable cause) {
            super(null, cause, false, false);
        }

        @Override
        public synchronized Throwable getCause() {
            return Objects.requireNonNull(super.getCause());
        }
    }

    /** A load that nobody else shares: it may read what its transaction has not committed. */
    @SuppressWarnings("unchecked")
    private <T> @Nullable T loadAlone(String key, Callable<T> loader, CurrentTransaction transaction, Tagging tagging) {
        Lookup<Object> found = reads.look(key, transaction);
        if (found instanceof Lookup.Hit<Object> hit) {
            return (T) hit.value();
        }
        Lease lease = found instanceof Lookup.Miss<Object> miss ? miss.lease() : null;
        T value;
        try {
            value = loader.call();
        } catch (Throwable fault) {
            region.release(lease);
            throw new Failed(fault);
        }
        stores.loaded(lease, value, transaction, tagging);
        return value;
    }

    private @Nullable Object tagged(@Nullable Object value, LoadContext load, Tagging tagging) {
        if (value != null) {
            load.tags(stores.tagsOf(value, tagging));
        }
        return value;
    }

    /** Like {@link #load}, without blocking. The future fails as the loader does. */
    @SuppressWarnings("unchecked")
    <T> CompletableFuture<T> loadAsync(
            String key,
            Supplier<CompletableFuture<T>> loader,
            @Nullable CurrentTransaction transaction,
            Tagging tagging) {
        CompletableFuture<Object> loaded = transaction == null
                ? region.open()
                        .getAsync(key, (missed, load) -> loader.get().thenApply(value -> tagged(value, load, tagging)))
                : loadAloneAsync(key, loader, transaction, tagging);
        return (CompletableFuture<T>)
                loaded.exceptionallyCompose(fault -> CompletableFuture.failedFuture(causeOf(fault)));
    }

    private <T> CompletableFuture<Object> loadAloneAsync(
            String key, Supplier<CompletableFuture<T>> loader, CurrentTransaction transaction, Tagging tagging) {
        Lookup<Object> found = reads.look(key, transaction);
        if (found instanceof Lookup.Hit<Object> hit) {
            return CompletableFuture.completedFuture(hit.value());
        }
        Lease lease = found instanceof Lookup.Miss<Object> miss ? miss.lease() : null;
        CompletionStage<T> loading;
        try {
            loading = loader.get();
        } catch (Throwable fault) {
            region.release(lease);
            return CompletableFuture.failedFuture(fault);
        }
        return loading.handle((value, fault) -> {
                    if (fault != null) {
                        region.release(lease);
                        throw new CompletionException(causeOf(fault));
                    }
                    stores.loaded(lease, value, transaction, tagging);
                    return (Object) value;
                })
                .toCompletableFuture();
    }

    private static Throwable causeOf(Throwable fault) {
        Throwable cause = fault;
        while ((cause instanceof CompletionException || isOfLoader(cause)) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static boolean isOfLoader(Throwable fault) {
        return fault instanceof LoadException && !(fault instanceof LoadTimeoutException);
    }
}
