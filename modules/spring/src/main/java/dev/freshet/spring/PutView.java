package dev.freshet.spring;

import dev.freshet.cache.Mark;
import org.jspecify.annotations.Nullable;

/** A cache as one {@code @CachePut} sees it: it evicts, or writes through what was written since the method was called. */
final class PutView extends CacheView {

    private final Tagging tagging;

    /** From before the method was called; null: evicts only. */
    private final @Nullable Mark since;

    PutView(FreshetCache cache, Invocation invocation, Tagging tagging) {
        super(cache, invocation);
        this.tagging = tagging;
        this.since = cache.options().isWriteThrough() ? markBeforeWrite() : null;
    }

    /** From before its transaction began, if it is within one: the method may return parts that it read there. */
    private @Nullable Mark markBeforeWrite() {
        return transaction == null ? cache.own().mark() : transaction.markOf(cache.own());
    }

    @Override
    public void put(Object key, @Nullable Object value) {
        String text = cache.textOf(key);
        if (since == null || value == null) {
            cache.evictions().evict(Eviction.ofKey(text), transaction);
        } else {
            cache.stores().written(text, value, since, transaction, tagging);
        }
    }
}
