package dev.freshet.spring;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.aopalliance.intercept.MethodInvocation;
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
import org.springframework.util.ClassUtils;

/**
 * Spring's cache interceptor, with a view of each {@link FreshetCache} for each call, in which a miss leaves the lease that the store
 * needs. Caches of other managers are as ever. {@link FreshetCachingConfiguration} puts it in place of Spring's.
 */
@SuppressWarnings({"serial", "this-escape"
}) // it is never serialized, as its superclass; its field only keeps it until the first call
public class FreshetCacheInterceptor extends CacheInterceptor {

    /**
     * The call whose caches are being resolved on this thread, or which is about to begin; not needed once they are. An array, which is cheaper to change than the
     * entry of a thread, and keeps no class of the application alive.
     */
    private static final ThreadLocal<@Nullable Object[]> CURRENT = ThreadLocal.withInitial(() -> new Object[1]);

    private final transient LateResults lateResults = new LateResults();
    private final transient ResultTags tags = new ResultTags();

    /** Null in a subclass: it may do anything else. */
    private final transient @Nullable PlainHits plainHits =
            getClass() == FreshetCacheInterceptor.class ? new PlainHits(this) : null;

    /** Null without Reactor. */
    private transient @Nullable ReactiveCalls reactiveCalls;

    private volatile boolean isStarted;

    /** Makes one that is to be configured as Spring's. */
    public FreshetCacheInterceptor() {}

    @Override
    public void setBeanFactory(BeanFactory beanFactory) {
        super.setBeanFactory(beanFactory);
        tags.use(beanFactory);
        if (LateResults.HAS_REACTOR) {
            reactiveCalls = new ReactiveCalls(beanFactory.getBeanProvider(FreshetCacheManager.class));
        }
    }

    @Override
    public void afterSingletonsInstantiated() {
        super.afterSingletonsInstantiated();
        isStarted = true;
    }

    /** Spring calls a method without its cache until all singletons are there, and an eviction would be lost in every replica. */
    private void startEarly(Object target, Method method) {
        try {
            afterSingletonsInstantiated();
        } catch (RuntimeException fault) {
            throw tooEarly(ClassUtils.getUserClass(target), method, fault);
        }
    }

    static IllegalStateException tooEarly(Class<?> type, Method method, RuntimeException fault) {
        return new IllegalStateException(
                type.getSimpleName() + "." + method.getName()
                        + "() uses its cache before the application context can make the cache manager: call it after the start,"
                        + " for example in a listener of ContextRefreshedEvent",
                fault);
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Object deferred = reactiveCalls == null ? null : reactiveCalls.deferred(invocation, this::invokeSubscribed);
        return deferred == null ? super.invoke(invocation) : deferred;
    }

    private @Nullable Object invokeSubscribed(MethodInvocation invocation, ReactiveCall call) throws Throwable {
        @Nullable Object[] current = CURRENT.get();
        Object outer = current[0];
        current[0] = call;
        try {
            return super.invoke(invocation);
        } finally {
            current[0] = outer;
        }
    }

    @Override
    protected @Nullable Object execute(
            CacheOperationInvoker invoker, Object target, Method method, @Nullable Object[] args) {
        if (!isStarted) {
            startEarly(target, method);
        }
        Object hit = plainHits == null ? null : plainHits.find(target, method, args);
        return hit != null ? hit : executeWithViews(invoker, target, method, args);
    }

    private @Nullable Object executeWithViews(
            CacheOperationInvoker invoker, Object target, Method method, @Nullable Object[] args) {
        @Nullable Object[] current = CURRENT.get();
        Object outer = current[0];
        Invocation invocation = new Invocation(
                invoker, lateResults, this::getErrorHandler, outer instanceof ReactiveCall call ? call : null);
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
        if (!(CURRENT.get()[0] instanceof Invocation invocation)) {
            return super.getCaches(context, cacheResolver);
        }
        Cache only = PlainHits.onlyCacheOf(context.getOperation(), cacheResolver);
        if (only != null) {
            return List.of(view(only, context, invocation));
        }
        Collection<? extends Cache> caches = super.getCaches(context, cacheResolver);
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
