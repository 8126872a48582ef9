package dev.freshet.spring;

import dev.freshet.spring.internal.transaction.CurrentTransaction;
import dev.freshet.spring.internal.transaction.Eviction;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;
import org.springframework.cache.interceptor.CacheErrorHandler;

/** A cache as one operation of one call sees it. What it does not override is as by hand. */
abstract class CacheView implements Cache {

    final FreshetCache cache;
    final Invocation invocation;

    /** That in which the method was called, on whichever thread it ends. */
    final @Nullable CurrentTransaction transaction;

    CacheView(FreshetCache cache, Invocation invocation) {
        this.cache = cache;
        this.invocation = invocation;
        this.transaction = invocation.transactionOf(cache);
    }

    @Override
    public String getName() {
        return cache.getName();
    }

    @Override
    public Object getNativeCache() {
        return cache.getNativeCache();
    }

    @Override
    public @Nullable ValueWrapper get(Object key) {
        return cache.get(key);
    }

    @Override
    public <T> @Nullable T get(Object key, @Nullable Class<T> type) {
        return cache.get(key, type);
    }

    @Override
    public <T> @Nullable T get(Object key, Callable<T> loader) {
        return cache.get(key, loader);
    }

    @Override
    public @Nullable CompletableFuture<?> retrieve(Object key) {
        return cache.retrieve(key);
    }

    @Override
    public <T> CompletableFuture<T> retrieve(Object key, Supplier<CompletableFuture<T>> loader) {
        return cache.retrieve(key, loader);
    }

    @Override
    public void put(Object key, @Nullable Object value) {
        cache.put(key, value);
    }

    @Override
    public @Nullable ValueWrapper putIfAbsent(Object key, @Nullable Object value) {
        return cache.putIfAbsent(key, value);
    }

    @Override
    public void evict(Object key) {
        cache.evict(key);
    }

    @Override
    public boolean evictIfPresent(Object key) {
        return cache.evictIfPresent(key);
    }

    @Override
    public void clear() {
        cache.clear();
    }

    @Override
    public boolean invalidate() {
        return cache.invalidate();
    }

    // ---- What operations that evict have in common

    /** Evicts after the commit; without a transaction at once, or when the method's publisher has completed. */
    final void evict(@Nullable Object key, Eviction eviction) {
        cache.own().open();
        if (transaction != null && transaction.defer(cache.own(), eviction)) {
            return;
        }
        ReactiveCall reactive = invocation.reactive();
        if (reactive == null) {
            cache.evictions().publish(eviction);
        } else {
            reactive.after(late(key, eviction));
        }
    }

    /** @param key null: all */
    final ReactiveCall.Late late(@Nullable Object key, Eviction eviction) {
        return new ReactiveCall.Late(() -> cache.evictions().publishAsync(eviction), fault -> {
            CacheErrorHandler errors = invocation.errors();
            if (key == null) {
                errors.handleCacheClearError(fault, this);
            } else {
                errors.handleCacheEvictError(fault, this, key);
            }
        });
    }

    @Override
    public String toString() {
        return cache.toString();
    }
}
