package dev.freshet.spring;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.cache.Cache;
import org.springframework.cache.interceptor.CacheEvictOperation;
import org.springframework.cache.interceptor.CacheInterceptor;
import org.springframework.cache.interceptor.CacheOperation;
import org.springframework.cache.interceptor.CacheOperationInvocationContext;
import org.springframework.cache.interceptor.CacheOperationInvoker;
import org.springframework.cache.interceptor.CachePutOperation;
import org.springframework.cache.interceptor.CacheResolver;
import org.springframework.cache.interceptor.CacheableOperation;

/**
 * Spring's cache interceptor, with a view of each {@link FreshetCache} for each call, in which a miss leaves the lease that the store
 * needs. Caches of other managers are as ever. {@link FreshetCachingConfiguration} puts it in place of Spring's.
 */
@SuppressWarnings("serial") // as its superclass: it is never serialized
public class FreshetCacheInterceptor extends CacheInterceptor {

    /**
     * The call whose caches are being resolved on this thread; not needed once they are. An array, which is cheaper to change than the
     * entry of a thread, and keeps no class of the application alive.
     */
    private static final ThreadLocal<@Nullable Object[]> CURRENT = ThreadLocal.withInitial(() -> new Object[1]);

    private final transient LateResults lateResults = new LateResults();
    private final transient ResultTags tags = new ResultTags();

    /** Makes one that is to be configured as Spring's. */
    public FreshetCacheInterceptor() {}

    @Override
    public void setBeanFactory(BeanFactory beanFactory) {
        super.setBeanFactory(beanFactory);
        tags.use(beanFactory);
    }

    @Override
    protected @Nullable Object execute(
            CacheOperationInvoker invoker, Object target, Method method, @Nullable Object[] args) {
        Invocation invocation = new Invocation(invoker, lateResults);
        @Nullable Object[] current = CURRENT.get();
        Object outer = current[0];
        current[0] = invocation;
        Object result;
        try {
            result = super.execute(invocation, target, method, args);
        } catch (Throwable fault) {
            invocation.letGo();
            throw fault;
        } finally {
            current[0] = outer;
        }
        return invocation.answered(result);
    }

    @Override
    protected Collection<? extends Cache> getCaches(
            CacheOperationInvocationContext<CacheOperation> context, CacheResolver cacheResolver) {
        Collection<? extends Cache> caches = super.getCaches(context, cacheResolver);
        if (!(CURRENT.get()[0] instanceof Invocation invocation)) {
            return caches;
        }
        if (caches.size() == 1) {
            return List.of(view(caches.iterator().next(), context, invocation));
        }
        List<Cache> views = new ArrayList<>(caches.size());
        for (Cache cache : caches) {
            views.add(view(cache, context, invocation));
        }
        return views;
    }

    private Cache view(Cache cache, CacheOperationInvocationContext<CacheOperation> context, Invocation invocation) {
        if (!(cache instanceof FreshetCache ours)) {
            return cache;
        }
        CacheOperation operation = context.getOperation();
        if (operation instanceof CacheableOperation) {
            return new LoadView(ours, invocation, tags, context);
        }
        if (operation instanceof CacheEvictOperation) {
            return new EvictView(ours, invocation);
        }
        return operation instanceof CachePutOperation
                ? new PutView(ours, invocation, new CallTags(tags, context))
                : cache;
    }
}
