package dev.freshet.spring;

import dev.freshet.cache.Mark;
import org.jspecify.annotations.Nullable;

/** A transaction that is over while its callbacks run: what they evict is evicted at once, what they load is not stored. */
final class EndedTransaction implements CurrentTransaction {

    static final CurrentTransaction INSTANCE = new EndedTransaction();

    private EndedTransaction() {}

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public @Nullable Mark markOf(CacheRegion cache) {
        return null;
    }

    @Override
    public boolean hides(CacheRegion cache, String key, boolean hasTags) {
        return false;
    }

    @Override
    public boolean defer(CacheRegion cache, Eviction eviction) {
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
