package dev.freshet.spring;

import dev.freshet.bus.Change;
import dev.freshet.spring.internal.transaction.CacheRegion;
import dev.freshet.spring.internal.transaction.CurrentTransaction;
import dev.freshet.spring.internal.transaction.Eviction;
import dev.freshet.spring.internal.transaction.EvictionSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Evicts from one cache, in every replica: now, or after the commit of a transaction. */
final class CacheEvictions {

    private final CacheRegion region;

    CacheEvictions(CacheRegion region) {
        this.region = region;
    }

    /** Evicts after the commit of the transaction; at once without one, or after its end. */
    void evict(Eviction eviction, @Nullable CurrentTransaction transaction) {
        region.open();
        if (transaction == null || !transaction.defer(region, eviction)) {
            publish(eviction);
        }
    }

    /** Like {@link #evict}, without blocking. The future completes when it is published, or waits for the commit. */
    CompletableFuture<Void> evictAsync(Eviction eviction, @Nullable CurrentTransaction transaction) {
        region.open();
        return transaction == null || !transaction.defer(region, eviction)
                ? publishAsync(eviction)
                : CompletableFuture.completedFuture(null);
    }

    /** Evicts at once, and once more after the commit. Returns whether a value is known to have been cached. */
    boolean evictNow(String key, @Nullable CurrentTransaction transaction) {
        boolean wasPresent = region.open().getIfPresent(key) != null;
        publishNow(Eviction.ofKey(key), transaction);
        return wasPresent;
    }

    /** Evicts all at once, and once more after the commit. Returns whether anything is known to have been cached. */
    boolean evictAllNow(@Nullable CurrentTransaction transaction) {
        boolean wasPresent = region.open().stats().entries() > 0;
        publishNow(Eviction.ofAll(), transaction);
        return wasPresent;
    }

    private void publishNow(Eviction eviction, @Nullable CurrentTransaction transaction) {
        publish(eviction);
        if (transaction != null) {
            transaction.defer(region, eviction);
        }
    }

    /** Evicts at once. */
    void publish(Eviction eviction) {
        changesOf(eviction).forEach(region.open()::invalidate);
    }

    /** Begins to evict at once, without blocking. */
    CompletableFuture<Void> publishAsync(Eviction eviction) {
        return CompletableFuture.allOf(
                changesOf(eviction).stream().map(region.open()::invalidateAsync).toArray(CompletableFuture[]::new));
    }

    private static List<Change> changesOf(Eviction eviction) {
        EvictionSet evictions = new EvictionSet();
        evictions.add(eviction);
        return evictions.changes();
    }
}
