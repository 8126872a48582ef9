package dev.freshet.spring;

import dev.freshet.cache.Lease;
import dev.freshet.cache.Mark;
import dev.freshet.cache.StoreOptions;
import dev.freshet.spring.internal.transaction.CacheRegion;
import dev.freshet.spring.internal.transaction.CurrentTransaction;
import dev.freshet.spring.internal.transaction.PendingStore;
import dev.freshet.spring.internal.transaction.Written;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Stores in one cache what was loaded or written: now, or after the commit of a transaction. */
final class CacheStores {

    /** @param value null: that there is nothing */
    private record Loaded(
            CacheStores stores, Lease lease, @Nullable Object value, StoreOptions options) implements PendingStore {

        @Override
        public void store() {
            stores.store(lease, value, options);
        }

        @Override
        public void drop() {
            stores.region.release(lease);
        }

        /** The value is the application's. */
        @Override
        public String toString() {
            return stores.toString();
        }
    }

    private final CacheRegion region;
    private final FreshetCacheOptions options;

    CacheStores(CacheRegion region, FreshetCacheOptions options) {
        this.region = region;
        this.options = options;
    }

    /** Returns the tags that this call and the cache's options give a value. */
    Collection<String> tagsOf(Object value, Tagging tagging) {
        Function<Object, ? extends Collection<String>> ofCache = options.tags();
        if (ofCache == null) {
            return tagging.tagsOf(value);
        }
        Set<String> tags = new LinkedHashSet<>(tagging.tagsOf(value));
        tags.addAll(ofCache.apply(value));
        return tags;
    }

    /**
     * Stores what was loaded under a lease: at once, or after the commit of a transaction that may have changed it.
     *
     * @param lease null: nothing is stored
     * @throws RuntimeException if its tags cannot be told; nothing is stored then
     */
    void loaded(
            @Nullable Lease lease, @Nullable Object value, @Nullable CurrentTransaction transaction, Tagging tagging) {
        if (lease == null) {
            return;
        }
        StoreOptions how;
        try {
            how = value == null
                    ? StoreOptions.none().ttl(options.absences())
                    : StoreOptions.none().tags(tagsOf(value, tagging));
        } catch (Throwable fault) {
            region.release(lease);
            throw fault;
        }
        if (transaction == null || transaction.isReadOnly()) {
            store(lease, value, how);
        } else {
            transaction.storeAfterCommit(new Loaded(this, lease, value, how));
        }
    }

    /** Stores under a lease, and ends it. */
    void store(Lease lease, @Nullable Object value, StoreOptions how) {
        try {
            if (value != null) {
                region.region().store(lease, value, how);
            } else if (!options.absences().isZero()) {
                region.region().storeAbsence(lease, how);
            }
        } catch (IllegalStateException closed) {
            if (!region.isClosed()) {
                throw closed;
            }
        } finally {
            region.release(lease); // what was refused
        }
    }

    /**
     * Returns what a method has written, which may be cached if nothing else concerned its key since the mark.
     *
     * @throws RuntimeException if its tags cannot be told
     */
    Written written(String key, Object value, Mark since, Tagging tagging) {
        region.open();
        return new Written(key, value, StoreOptions.none().tags(tagsOf(value, tagging)), since);
    }

    @Override
    public String toString() {
        return region.toString();
    }
}
