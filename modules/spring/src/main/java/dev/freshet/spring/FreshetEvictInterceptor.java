package dev.freshet.spring;

import dev.freshet.spring.internal.transaction.CurrentTransaction;
import dev.freshet.spring.internal.transaction.Eviction;
import dev.freshet.spring.internal.transaction.Transactions;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cache.annotation.CacheConfig;
import org.springframework.context.expression.AnnotatedElementKey;
import org.springframework.core.annotation.AnnotatedElementUtils;

/** Evicts what {@link FreshetEvict} names when its method has returned. */
final class FreshetEvictInterceptor implements MethodInterceptor, BeanFactoryAware {

    /** One annotation of a method. */
    private record Evict(
            List<String> cacheNames,
            Templates.Parsed tags,
            Templates.Parsed prefixes,
            Templates.@Nullable Parsed condition) {}

    private final Templates templates = new Templates();
    private final Map<AnnotatedElementKey, List<Evict>> byMethod = new ConcurrentHashMap<>();
    private final ObjectProvider<FreshetCacheManager> managers;

    FreshetEvictInterceptor(ObjectProvider<FreshetCacheManager> managers) {
        this.managers = managers;
    }

    @Override
    public void setBeanFactory(BeanFactory beanFactory) {
        templates.use(beanFactory);
    }

    /** Whether a method has the annotation, itself or by its class. */
    static boolean isAnnotated(Method method, Class<?> type) {
        Method specific = AopUtils.getMostSpecificMethod(method, type);
        return !annotationsOf(specific, method, type).isEmpty();
    }

    private static Set<FreshetEvict> annotationsOf(Method specific, Method method, Class<?> type) {
        Set<FreshetEvict> found = AnnotatedElementUtils.findMergedRepeatableAnnotations(specific, FreshetEvict.class);
        if (found.isEmpty()) {
            found = AnnotatedElementUtils.findMergedRepeatableAnnotations(method, FreshetEvict.class);
        }
        return found.isEmpty() && specific.getDeclaringClass() != Object.class
                ? AnnotatedElementUtils.findMergedRepeatableAnnotations(type, FreshetEvict.class)
                : found;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Object target = Objects.requireNonNull(invocation.getThis(), "the target of the proxy is null");
        Class<?> type = AopProxyUtils.ultimateTargetClass(target);
        Method method = invocation.getMethod();
        List<Evict> evicts =
                byMethod.computeIfAbsent(new AnnotatedElementKey(method, type), key -> parse(method, type));
        Map<String, Named> caches;
        try {
            caches = named(evicts);
        } catch (BeansException fault) {
            throw FreshetCacheInterceptor.tooEarly(type, method, fault);
        }
        Object result = invocation.proceed();
        Templates.Call call = new Templates.Call(target, method, invocation.getArguments(), type);
        if (result instanceof CompletableFuture<?> future) {
            return future.whenComplete((value, fault) -> {
                if (fault == null) {
                    evict(evicts, call, value, caches);
                }
            });
        }
        if (result != null && LateResults.HAS_REACTOR) {
            Object held = PublisherResults.whenComplete(
                    result, transactions -> transactionOf(transactions, caches), subscribed -> {
                        Map<String, Named> ofSubscriber = new HashMap<>();
                        caches.forEach((name, named) -> ofSubscriber.put(
                                name,
                                new Named(
                                        named.cache(),
                                        named.cache().transactions().ofCall(subscribed))));
                        return value -> evictAsync(evicts, call, value, ofSubscriber);
                    });
            if (held != null) {
                return held;
            }
        }
        evict(evicts, call, result, caches);
        return result;
    }

    private static @Nullable CurrentTransaction transactionOf(Transactions transactions, Map<String, Named> caches) {
        return caches.values().stream()
                .filter(named -> named.cache().transactions() == transactions)
                .map(Named::transaction)
                .filter(Objects::nonNull)
                .findFirst()
                .orElseGet(transactions::current);
    }

    private List<Evict> parse(Method method, Class<?> type) {
        Method specific = AopUtils.getMostSpecificMethod(method, type);
        List<Evict> evicts = new ArrayList<>();
        for (FreshetEvict evict : annotationsOf(specific, method, type)) {
            List<String> names = List.of(evict.cacheNames());
            if (names.isEmpty()) {
                CacheConfig config = AnnotatedElementUtils.findMergedAnnotation(type, CacheConfig.class);
                names = config == null ? List.of() : List.of(config.cacheNames());
            }
            if (names.isEmpty()) {
                throw new IllegalStateException("@FreshetEvict of " + specific
                        + " names no cache: set cacheNames, there or in a @CacheConfig of the class");
            }
            if (evict.tags().length == 0 && evict.prefixes().length == 0) {
                throw new IllegalStateException("@FreshetEvict of " + specific
                        + " names neither tags nor prefixes: set one of them; @CacheEvict evicts by key, or all");
            }
            evicts.add(new Evict(
                    names,
                    templates.parse("@FreshetEvict", specific, evict.tags()),
                    templates.parse("@FreshetEvict", specific, evict.prefixes()),
                    evict.condition().isEmpty()
                            ? null
                            : templates.parseCondition("@FreshetEvict", specific, evict.condition())));
        }
        return evicts;
    }

    /** A cache, and the transaction in which the method was called. */
    private record Named(FreshetCache cache, @Nullable CurrentTransaction transaction) {}

    private Map<String, Named> named(List<Evict> evicts) {
        Map<String, Named> caches = new HashMap<>();
        for (Evict evict : evicts) {
            for (String name : evict.cacheNames()) {
                FreshetCache cache = cache(name);
                caches.put(name, new Named(cache, cache.transactions().current()));
            }
        }
        return caches;
    }

    private FreshetCache cache(String name) {
        for (FreshetCacheManager manager : managers.orderedStream().toList()) {
            FreshetCache cache = manager.getCache(name);
            if (cache != null) {
                return cache;
            }
        }
        throw new IllegalStateException("@FreshetEvict names cache \"" + name
                + "\", which no FreshetCacheManager has: add it to the builder, or set defaults there");
    }

    private void evict(List<Evict> evicts, Templates.Call call, @Nullable Object result, Map<String, Named> caches) {
        evicted(evicts, call, result, caches, (named, eviction) -> named.cache()
                .evictions()
                .evict(eviction, named.transaction()));
    }

    private CompletableFuture<?> evictAsync(
            List<Evict> evicts, Templates.Call call, @Nullable Object result, Map<String, Named> caches) {
        List<CompletableFuture<?>> published = new ArrayList<>();
        evicted(evicts, call, result, caches, (named, eviction) -> {
            CurrentTransaction transaction = named.transaction();
            if (transaction == null || !transaction.defer(named.cache().own(), eviction)) {
                published.add(named.cache().evictions().publishAsync(eviction));
            }
        });
        return CompletableFuture.allOf(published.toArray(CompletableFuture[]::new));
    }

    private void evicted(
            List<Evict> evicts,
            Templates.Call call,
            @Nullable Object result,
            Map<String, Named> caches,
            BiConsumer<Named, Eviction> evict) {
        for (Evict each : evicts) {
            if (each.condition() != null && !templates.holds(each.condition(), call, result)) {
                continue;
            }
            Eviction eviction = Eviction.of(
                    templates.evaluate(each.tags(), call, result), templates.evaluate(each.prefixes(), call, result));
            for (String name : each.cacheNames()) {
                evict.accept(Objects.requireNonNull(caches.get(name)), eviction);
            }
        }
    }
}
