package dev.freshet.spring;

import dev.freshet.cache.Lease;
import dev.freshet.cache.StoreOptions;
import org.jspecify.annotations.Nullable;

/** What was loaded under a lease; null: that there is nothing. */
record PendingStore(
        CacheStores stores, Lease lease, @Nullable Object value, StoreOptions options) {

    void store() {
        stores.store(lease, value, options);
    }

    void drop() {
        stores.drop(lease);
    }
}
