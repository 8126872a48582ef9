package dev.freshet.spring;

import dev.freshet.cache.Mark;
import dev.freshet.spring.internal.transaction.Eviction;
import dev.freshet.spring.internal.transaction.Written;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A cache as one {@code @CachePut} sees it: it evicts, or writes through what was written since the method was called. */
final class PutView extends CacheView {

    private final Tagging tagging;

    /** From before the method was called; null: evicts only. */
    private final @Nullable Mark since;

    PutView(FreshetCache cache, Invocation invocation, Tagging tagging) {
        super(cache, invocation);
        this.tagging = tagging;
        if (invocation.reactive() != null) {
            invocation.reactive().mayEvict();
        }
        this.since = cache.options().isWriteThrough() ? markBeforeWrite() : null;
    }

    /** From before its transaction began, if it is within one: the method may return parts that it read there. */
    private @Nullable Mark markBeforeWrite() {
        return transaction == null ? cache.own().mark() : transaction.markOf(cache.own());
    }

    @Override
    public void put(Object key, @Nullable Object value) {
        String text = cache.textOf(key);
        if (since == null || value == null || (transaction != null && transaction.isOneOfSeveral())) {
            evict(key, Eviction.ofKey(text));
            return;
        }
        Written written;
        try {
            written = cache.stores().written(text, value, since, tagging);
        } catch (Throwable fault) {
            evict(key, Eviction.ofKey(text)); // it is written all the same
            throw fault;
        }
        if (transaction != null && transaction.defer(cache.own(), written)) {
            return;
        }
        ReactiveCall reactive = invocation.reactive();
        if (reactive == null) {
            written.publish(cache.own());
        } else {
            reactive.after(new ReactiveCall.Late(
                    () -> CompletableFuture.runAsync(() -> written.publish(cache.own()), cache.executor()),
                    fault -> invocation.errors().handleCachePutError(fault, this, key, value)));
        }
    }
}
