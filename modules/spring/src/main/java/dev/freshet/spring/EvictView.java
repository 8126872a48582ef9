package dev.freshet.spring;

import dev.freshet.spring.internal.transaction.Eviction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A cache as one {@code @CacheEvict} sees it. */
final class EvictView extends CacheView {

    private static final Logger LOG = LoggerFactory.getLogger(EvictView.class);

    EvictView(FreshetCache cache, Invocation invocation) {
        super(cache, invocation);
        if (invocation.reactive() != null) {
            invocation.reactive().mayEvict();
        }
    }

    @Override
    public void evict(Object key) {
        evict(key, Eviction.ofKey(cache.textOf(key)));
    }

    @Override
    public void clear() {
        evict(null, Eviction.ofAll());
    }

    /** Before the method. What others load until it has written is old, so the key is evicted once more after it. */
    @Override
    public boolean evictIfPresent(Object key) {
        Eviction eviction = Eviction.ofKey(cache.textOf(key));
        ReactiveCall reactive = invocation.reactive();
        if (reactive != null) {
            return beforeAndAgain(reactive, key, eviction);
        }
        again(eviction);
        return cache.evictions().evictNow(cache.textOf(key), transaction);
    }

    @Override
    public boolean invalidate() {
        ReactiveCall reactive = invocation.reactive();
        if (reactive != null) {
            return beforeAndAgain(reactive, null, Eviction.ofAll());
        }
        again(Eviction.ofAll());
        return cache.evictions().evictAllNow(transaction);
    }

    /** Returns that something was cached, which nobody asks. */
    private boolean beforeAndAgain(ReactiveCall reactive, @Nullable Object key, Eviction eviction) {
        reactive.before(late(key, eviction));
        if (transaction != null) {
            transaction.defer(cache.own(), eviction);
        }
        reactive.atEnd(
                new ReactiveCall.Late(() -> cache.evictions().evictAsync(eviction, transaction), this::failedAfter));
        return true;
    }

    private void again(Eviction eviction) {
        invocation.atEnd(() -> {
            try {
                cache.evictions().evict(eviction, transaction);
            } catch (RuntimeException fault) {
                failedAfter(fault);
            }
        });
    }

    private void failedAfter(RuntimeException fault) {
        cache.counts().evictionsFailed.increment();
        LOG.error("{}: the eviction after the method failed; other replicas may keep the old value", cache, fault);
    }
}
