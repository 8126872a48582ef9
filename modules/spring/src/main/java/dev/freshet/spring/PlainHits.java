package dev.freshet.spring;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.TargetClassAware;
import org.springframework.aop.support.AopUtils;
import org.springframework.cache.interceptor.AbstractCacheResolver;
import org.springframework.cache.interceptor.CacheAspectSupport;
import org.springframework.cache.interceptor.CacheOperation;
import org.springframework.cache.interceptor.CacheOperationSource;
import org.springframework.cache.interceptor.CacheResolver;
import org.springframework.cache.interceptor.CacheableOperation;
import org.springframework.cache.interceptor.SimpleCacheResolver;
import org.springframework.cache.interceptor.SimpleKeyGenerator;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodClassKey;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Finds hits of methods of the plainest kind before Spring makes its objects for a call, which take longer than the hit: one
 * {@code @Cacheable} with one cache of Freshet, no condition, and a key that is Spring's own or one argument ({@code #id}). All else, and
 * whatever is not a hit, goes the way of Spring's interceptor.
 */
final class PlainHits {

    /** What the method returns. */
    private enum Result {
        VALUE,
        OPTIONAL,
        FUTURE;

        Object of(Object value) {
            return switch (this) {
                case VALUE -> value;
                case OPTIONAL -> value instanceof Optional ? value : Optional.of(value);
                case FUTURE -> CompletableFuture.completedFuture(value);
            };
        }
    }

    /**
     * A method.
     *
     * @param argument which argument is the key; {@link #ALL}: Spring makes it of all
     */
    private record Plain(FreshetCache cache, int argument, Result result) {

        @Nullable
        Object find(@Nullable Object[] args) {
            Object key = argument == ALL ? SimpleKeyGenerator.generateKey(args) : args[argument];
            if (key == null) {
                return null;
            }
            try {
                Object value = cache.reads()
                        .hit(cache.textOf(key), cache.transactions().current());
                return value == null ? null : result.of(value);
            } catch (RuntimeException fault) {
                return null; // Spring's interceptor meets it again, and knows the application's CacheErrorHandler
            }
        }
    }

    private static final int ALL = -1;
    private static final int UNKNOWN = -2;

    /** In place of a method of another kind. */
    private static final Object OTHER = new Object();

    private static final Pattern VARIABLE = Pattern.compile("\\s*#(\\w+)\\s*");

    /** By place, whatever the parameter is called. */
    private static final Pattern PLACE = Pattern.compile("[ap](\\d{1,3})");

    /** Variables that are no arguments. */
    private static final Set<String> RESERVED = Set.of("root", "this", "result");

    private final CacheAspectSupport interceptor;
    private final Map<MethodClassKey, Object> methods = new ConcurrentHashMap<>();

    /** @param interceptor whose cache resolver and key generator are those of all methods that name no other */
    PlainHits(CacheAspectSupport interceptor) {
        this.interceptor = interceptor;
    }

    /** Returns what the method returns for a hit; null: ask Spring's interceptor. Faults of the cache are left to it too. */
    @Nullable
    Object find(Object target, Method method, @Nullable Object[] args) {
        MethodClassKey key = new MethodClassKey(method, target.getClass());
        Object known = methods.get(key);
        if (known == null) {
            Plain plain = target instanceof TargetClassAware ? null : plain(method, ClassUtils.getUserClass(target));
            known = plain == null ? OTHER : plain;
            methods.put(key, known);
        }
        return known instanceof Plain plain ? plain.find(args) : null;
    }

    private @Nullable Plain plain(Method method, Class<?> type) {
        CacheableOperation operation = onlyOperation(method, type);
        CacheResolver resolver = interceptor.getCacheResolver();
        Result result = resultOf(method);
        if (operation == null || resolver == null || result == null || method.isVarArgs()) {
            return null;
        }
        int argument = keyOf(operation, AopUtils.getMostSpecificMethod(method, type));
        FreshetCache cache = argument == UNKNOWN ? null : onlyCacheOf(operation, resolver);
        return cache == null ? null : new Plain(cache, argument, result);
    }

    private @Nullable CacheableOperation onlyOperation(Method method, Class<?> type) {
        CacheOperationSource source = interceptor.getCacheOperationSource();
        Collection<CacheOperation> operations = source == null ? null : source.getCacheOperations(method, type);
        return operations != null
                        && operations.size() == 1
                        && operations.iterator().next() instanceof CacheableOperation operation
                        && !StringUtils.hasText(operation.getCondition())
                        && !StringUtils.hasText(operation.getKeyGenerator())
                        && !StringUtils.hasText(operation.getCacheManager())
                        && !StringUtils.hasText(operation.getCacheResolver())
                ? operation
                : null;
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

    /** Returns what a method returns for a cached value; null if that is for Spring to say. */
    private static @Nullable Result resultOf(Method method) {
        Class<?> type = method.getReturnType();
        if (type == Optional.class) {
            return Result.OPTIONAL;
        }
        if (type == CompletableFuture.class) {
            return Result.FUTURE;
        }
        boolean isLate = CompletableFuture.class.isAssignableFrom(type)
                || ReactiveAdapterRegistry.getSharedInstance().getAdapter(type) != null
                || KotlinDetector.isSuspendingFunction(method);
        return isLate ? null : Result.VALUE;
    }

    /** Returns which argument is the key, or {@link #ALL}; {@link #UNKNOWN} if it is for Spring to say. */
    private int keyOf(CacheOperation operation, Method method) {
        if (!StringUtils.hasText(operation.getKey())) {
            return interceptor.getKeyGenerator().getClass() == SimpleKeyGenerator.class ? ALL : UNKNOWN;
        }
        Matcher variable = VARIABLE.matcher(operation.getKey());
        @Nullable String[] names = new DefaultParameterNameDiscoverer().getParameterNames(method);
        List<@Nullable String> parameters = names == null ? List.of() : Arrays.asList(names);
        if (!variable.matches() || parameters.stream().anyMatch(PlainHits::looksLikeAPlace)) {
            return UNKNOWN;
        }
        String name = variable.group(1);
        Matcher place = PLACE.matcher(name);
        int argument = place.matches() ? Integer.parseInt(place.group(1)) : parameters.indexOf(name);
        return argument < 0 || argument >= method.getParameterCount() || RESERVED.contains(name) ? UNKNOWN : argument;
    }

    private static boolean looksLikeAPlace(@Nullable String name) {
        return name != null && PLACE.matcher(name).matches();
    }
}
