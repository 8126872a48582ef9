package dev.freshet.spring;

import java.lang.reflect.Method;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.TargetClassAware;
import org.springframework.cache.interceptor.AbstractCacheResolver;
import org.springframework.cache.interceptor.CacheAspectSupport;
import org.springframework.cache.interceptor.CacheOperation;
import org.springframework.cache.interceptor.CacheOperationSource;
import org.springframework.cache.interceptor.CacheResolver;
import org.springframework.cache.interceptor.CacheableOperation;
import org.springframework.cache.interceptor.SimpleCacheResolver;
import org.springframework.cache.interceptor.SimpleKeyGenerator;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodClassKey;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Finds hits of methods of the plainest kind before Spring makes its objects for a call, which take longer than the hit: one
 * {@code @Cacheable} with one cache of Freshet and Spring's own key, no condition, and a result that is the cached value itself. All else,
 * and whatever is not a hit, goes the way of Spring's interceptor.
 */
final class PlainHits {

    /** In place of the cache of a method that is of another kind. */
    private static final Object NONE = new Object();

    private final CacheAspectSupport interceptor;
    private final Map<MethodClassKey, Object> cacheByMethod = new ConcurrentHashMap<>();

    /** @param interceptor whose cache resolver and key generator are those of all methods that name no other */
    PlainHits(CacheAspectSupport interceptor) {
        this.interceptor = interceptor;
    }

    /** Returns the cached value; null: ask Spring's interceptor. Faults are left to it too. */
    @Nullable
    Object find(Object target, Method method, @Nullable Object[] args) {
        MethodClassKey key = new MethodClassKey(method, target.getClass());
        Object cache = cacheByMethod.get(key);
        if (cache == null) {
            cache = cacheOf(target, method);
            cacheByMethod.put(key, cache);
        }
        return cache instanceof FreshetCache ours ? hit(ours, SimpleKeyGenerator.generateKey(args)) : null;
    }

    private static @Nullable Object hit(FreshetCache cache, Object key) {
        try {
            return cache.reads().hit(cache.textOf(key), cache.transactions().current());
        } catch (RuntimeException fault) {
            return null; // Spring's interceptor meets it again, and knows the application's CacheErrorHandler
        }
    }

    private Object cacheOf(Object target, Method method) {
        CacheableOperation operation = target instanceof TargetClassAware ? null : operationOf(target, method);
        CacheResolver resolver = interceptor.getCacheResolver();
        if (operation == null
                || resolver == null
                || interceptor.getKeyGenerator().getClass() != SimpleKeyGenerator.class
                || method.isVarArgs()
                || isWrapped(method)) {
            return NONE;
        }
        FreshetCache cache = onlyCacheOf(operation, resolver);
        return cache == null ? NONE : cache;
    }

    /** Returns the cache of an operation as Spring's own resolver does; null unless it is one, and of Freshet. */
    static @Nullable FreshetCache onlyCacheOf(CacheOperation operation, CacheResolver resolver) {
        Set<String> names = operation.getCacheNames();
        return names.size() == 1
                        && resolver.getClass() == SimpleCacheResolver.class
                        && ((AbstractCacheResolver) resolver).getCacheManager() instanceof FreshetCacheManager ours
                ? ours.getCache(names.iterator().next())
                : null;
    }

    private @Nullable CacheableOperation operationOf(Object target, Method method) {
        CacheOperationSource source = interceptor.getCacheOperationSource();
        Collection<CacheOperation> operations =
                source == null ? null : source.getCacheOperations(method, ClassUtils.getUserClass(target));
        return operations != null
                        && operations.size() == 1
                        && operations.iterator().next() instanceof CacheableOperation operation
                        && !StringUtils.hasText(operation.getCondition())
                        && !StringUtils.hasText(operation.getKey())
                        && !StringUtils.hasText(operation.getKeyGenerator())
                        && !StringUtils.hasText(operation.getCacheManager())
                        && !StringUtils.hasText(operation.getCacheResolver())
                ? operation
                : null;
    }

    /** Whether the method returns something around the cached value. */
    private static boolean isWrapped(Method method) {
        Class<?> type = method.getReturnType();
        return type == Optional.class
                || CompletableFuture.class.isAssignableFrom(type)
                || ReactiveAdapterRegistry.getSharedInstance().getAdapter(type) != null
                || KotlinDetector.isSuspendingFunction(method);
    }
}
