package dev.freshet.spring.boot.test;

import dev.freshet.Freshet;
import dev.freshet.spring.CacheKeyConverter;
import dev.freshet.spring.FreshetCache;
import dev.freshet.spring.FreshetCacheManager;
import dev.freshet.spring.boot.FreshetAutoConfiguration;
import dev.freshet.spring.boot.FreshetCacheAutoConfiguration;
import dev.freshet.spring.boot.FreshetCacheCustomizer;
import dev.freshet.spring.boot.FreshetConfigCustomizer;
import java.util.Map;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * A second replica of the application's caches in this JVM: a client of its own with the application's properties, key converters and
 * customizers. It reaches Redis directly, also while the application's way there fails. It has none of the application's other beans.
 *
 * <p>Values that both replicas hold are shared by reference where a test hands them over. Safe to use from any thread.
 */
public final class SecondReplica {

    private final AnnotationConfigApplicationContext context;

    private SecondReplica(AnnotationConfigApplicationContext context) {
        this.context = context;
    }

    static SecondReplica of(ConfigurableApplicationContext application, String redisUri) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        StandardEnvironment environment = new StandardEnvironment();
        environment.merge(application.getEnvironment());
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("second replica", Map.of("freshet.redis.uri", redisUri)));
        context.setEnvironment(environment);
        share(application, context, CacheKeyConverter.class);
        share(application, context, FreshetCacheCustomizer.class);
        share(application, context, FreshetConfigCustomizer.class);
        context.register(Caching.class, FreshetAutoConfiguration.class, FreshetCacheAutoConfiguration.class);
        context.refresh();
        return new SecondReplica(context);
    }

    private static <T> void share(
            ConfigurableApplicationContext application, AnnotationConfigApplicationContext replica, Class<T> type) {
        application.getBeansOfType(type).forEach((name, bean) -> replica.getBeanFactory()
                .registerSingleton(name, bean));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caching {}

    /**
     * Returns a cache of this replica.
     *
     * @throws IllegalArgumentException if the application has no cache of this name
     */
    public FreshetCache cache(String name) {
        FreshetCache cache = context.getBean(FreshetCacheManager.class).getCache(name);
        if (cache == null) {
            throw new IllegalArgumentException("there is no cache \"" + name + "\": the caches are "
                    + context.getBean(FreshetCacheManager.class).getCacheNames());
        }
        return cache;
    }

    /** Returns this replica's client. */
    public Freshet freshet() {
        return context.getBean(Freshet.class);
    }

    void close() {
        context.close();
    }
}
