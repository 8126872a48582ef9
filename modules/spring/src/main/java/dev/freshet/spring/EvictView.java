package dev.freshet.spring;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A cache as one {@code @CacheEvict} sees it. */
final class EvictView extends CacheView {

    private static final Logger LOG = LoggerFactory.getLogger(EvictView.class);

    EvictView(FreshetCache cache, Invocation invocation) {
        super(cache, invocation);
    }

    @Override
    public void evict(Object key) {
        cache.evictions().evict(Eviction.ofKey(cache.textOf(key)), transaction);
    }

    @Override
    public void clear() {
        cache.evictions().evict(Eviction.ofAll(), transaction);
    }

    /** Before the method. What others load until it has written is old, so the key is evicted once more after it. */
    @Override
    public boolean evictIfPresent(Object key) {
        String text = cache.textOf(key);
        again(Eviction.ofKey(text));
        return cache.evictions().evictNow(text, transaction);
    }

    @Override
    public boolean invalidate() {
        again(Eviction.ofAll());
        return cache.evictions().evictAllNow(transaction);
    }

    private void again(Eviction eviction) {
        if (transaction == null) {
            invocation.atEnd(() -> {
                try {
                    cache.evictions().publish(eviction);
                } catch (RuntimeException fault) {
                    cache.counts().evictionsFailed.increment();
                    LOG.error(
                            "{}: the eviction after the method failed; other replicas may keep the old value",
                            cache,
                            fault);
                }
            });
        }
    }
}
