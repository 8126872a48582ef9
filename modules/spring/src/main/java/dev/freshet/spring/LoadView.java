package dev.freshet.spring;

import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.interceptor.CacheOperationInvocationContext;
import org.springframework.cache.support.SimpleValueWrapper;

/**
 * A cache as one {@code @Cacheable} call sees it: a miss leaves its lease here, and the store of what the method brings is under it, on
 * whichever thread.
 */
final class LoadView extends CacheView {

    private final ResultTags tags;
    private final CacheOperationInvocationContext<?> call;

    // Guarded by this.
    private @Nullable Object key;
    private @Nullable Lease lease;
    private boolean hasEnded;
    private boolean isRegistered;

    /** Whether there was a read that missed: then a store without a lease is one that must not happen. */
    private boolean hasMissed;

    LoadView(FreshetCache cache, Invocation invocation, ResultTags tags, CacheOperationInvocationContext<?> call) {
        super(cache, invocation);
        this.tags = tags;
        this.call = call;
    }

    @Override
    public @Nullable ValueWrapper get(Object key) {
        String text = cache.textOf(key);
        Object hit = hit(text);
        return hit != null
                ? new SimpleValueWrapper(hit)
                : answer(key, cache.reads().look(text, transaction));
    }

    private @Nullable Object hit(String text) {
        return cache.reads().hit(text, transaction);
    }

    /** Made only for what is loaded: a hit has its tags. */
    private Tagging tagging() {
        return new CallTags(tags, call);
    }

    private @Nullable ValueWrapper answer(Object key, @Nullable Lookup<Object> found) {
        if (found instanceof Lookup.Hit<Object> hit && hit.refresh() == null) {
            return new SimpleValueWrapper(hit.value());
        }
        missed(key, found);
        return null;
    }

    private void missed(Object key, @Nullable Lookup<Object> found) {
        Lease handedOut = null;
        if (found instanceof Lookup.Miss<Object> miss) {
            handedOut = miss.lease();
        } else if (found instanceof Lookup.Hit<Object> hit) {
            handedOut = hit.refresh(); // this caller is asked to load the value again
        }
        Lease useless;
        synchronized (this) {
            hasMissed = true;
            useless = hasEnded ? handedOut : lease;
            if (!hasEnded) {
                this.key = key;
                lease = handedOut;
            }
        }
        cache.own().release(useless);
        endsWithInvocation();
    }

    private void endsWithInvocation() {
        synchronized (this) {
            if (isRegistered) {
                return;
            }
            isRegistered = true;
        }
        invocation.atEnd(this::end);
    }

    private void end() {
        Lease left;
        synchronized (this) {
            hasEnded = true;
            left = lease;
            lease = null;
        }
        cache.own().release(left);
    }

    @Override
    public void put(Object key, @Nullable Object value) {
        Lease mine;
        boolean hadNone;
        synchronized (this) {
            mine = Objects.equals(key, this.key) ? lease : null;
            hadNone = !hasMissed || !Objects.equals(key, this.key);
            if (mine != null) {
                lease = null;
            }
        }
        if (hadNone) {
            cache.counts().storesWithoutLease.increment();
        }
        cache.stores().loaded(mine, value, transaction, tagging());
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> @Nullable T get(Object key, Callable<T> loader) {
        String text = cache.textOf(key);
        Object hit = hit(text);
        return hit != null ? (T) hit : cache.loads().load(key, text, loader, transaction, tagging());
    }

    @Override
    public @Nullable CompletableFuture<?> retrieve(Object key) {
        String text = cache.textOf(key);
        Object hit = hit(text);
        if (hit != null) {
            return CompletableFuture.completedFuture(new SimpleValueWrapper(hit));
        }
        if (transaction != null) {
            ValueWrapper found = answer(key, cache.reads().look(text, transaction));
            return found == null ? null : CompletableFuture.completedFuture(found);
        }
        CompletableFuture<Lookup<Object>> looking = cache.reads().lookAsync(text);
        if (looking.isDone()) {
            ValueWrapper found = answer(key, looking.join());
            return found == null ? null : CompletableFuture.completedFuture(found);
        }
        // The tier is asked. What is attached calls the method.
        endsWithInvocation();
        Invocation.Holder holder = invocation.hold();
        return Invocation.following(looking.thenApply(found -> answer(key, found)), holder);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> CompletableFuture<T> retrieve(Object key, Supplier<CompletableFuture<T>> loader) {
        String text = cache.textOf(key);
        Object hit = hit(text);
        return hit != null
                ? CompletableFuture.completedFuture((T) hit)
                : cache.loads().loadAsync(text, loader, transaction, tagging());
    }
}
