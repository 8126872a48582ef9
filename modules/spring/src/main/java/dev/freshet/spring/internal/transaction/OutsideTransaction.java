package dev.freshet.spring.internal.transaction;

import dev.freshet.cache.Mark;
import org.jspecify.annotations.Nullable;

/**
 * Where no transaction is that could be told of: the callbacks of one that is over run, or one is suspended while others around it go on. What
 * is evicted there is evicted at once, and once more after the commit of those around; what is loaded is not stored.
 *
 * @param around the innermost one that was suspended here, by which those around it are known; null: there is none
 */
public record OutsideTransaction(@Nullable TransactionChanges around) implements CurrentTransaction {

    private static final CurrentTransaction AROUND_NOTHING = new OutsideTransaction(null);

    static CurrentTransaction within(@Nullable TransactionChanges around) {
        return around == null ? AROUND_NOTHING : new OutsideTransaction(around);
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public boolean isOneOfSeveral() {
        return around != null;
    }

    @Override
    public @Nullable Mark markOf(CacheRegion cache) {
        return null;
    }

    @Override
    public boolean hides(CacheRegion cache, String key, boolean hasTags) {
        return around != null && around.hides(cache, key, hasTags);
    }

    @Override
    public boolean defer(CacheRegion cache, Eviction eviction) {
        if (around != null) {
            around.defer(cache, eviction);
        }
        return false;
    }

    @Override
    public boolean defer(CacheRegion cache, Written written) {
        return false;
    }

    @Override
    public void storeAfterCommit(PendingStore store) {
        store.drop();
    }
}
