package dev.freshet.spring;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A cache as one {@code @CacheEvict} sees it: it belongs to the transaction in which the method was called, on whichever thread it ends. */
final class EvictView extends CacheView {

    private static final Logger LOG = LoggerFactory.getLogger(EvictView.class);

    private final @Nullable CurrentTransaction transaction;

    EvictView(FreshetCache cache, Invocation invocation) {
        super(cache, invocation);
        this.transaction = cache.transactions().current();
    }

    @Override
    public void evict(Object key) {
        cache.evict(Eviction.ofKey(cache.textOf(key)), transaction);
    }

    @Override
    public void clear() {
        cache.evict(Eviction.ofAll(), transaction);
    }

    /** Before the method. What others load until it has written is old, so the key is evicted once more after it. */
    @Override
    public boolean evictIfPresent(Object key) {
        String text = cache.textOf(key);
        again(Eviction.ofKey(text));
        return cache.evictNow(text, transaction);
    }

    @Override
    public boolean invalidate() {
        again(Eviction.ofAll());
        return cache.evictAllNow(transaction);
    }

    private void again(Eviction eviction) {
        if (transaction == null) {
            invocation.atEnd(() -> {
                try {
                    cache.publish(eviction);
                } catch (RuntimeException fault) {
                    cache.counts().evictionsFailed.increment();
                    LOG.error("{}: the eviction after the method failed, the one before it did not", cache, fault);
                }
            });
        }
    }
}
