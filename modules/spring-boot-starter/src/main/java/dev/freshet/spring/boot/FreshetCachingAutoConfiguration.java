package dev.freshet.spring.boot;

import dev.freshet.Freshet;
import dev.freshet.spring.FreshetCacheManager;
import dev.freshet.spring.FreshetCachingConfiguration;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.cache.CacheManager;
import org.springframework.cache.interceptor.CacheAspectSupport;
import org.springframework.cache.support.NoOpCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Lets Spring's cache annotations load under leases, wherever the cache manager of Freshet comes from. */
@AutoConfiguration(
        after = FreshetCacheAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.autoconfigure.cache.CacheAutoConfiguration",
            "org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration"
        })
@ConditionalOnBean({Freshet.class, CacheAspectSupport.class})
public class FreshetCachingAutoConfiguration {

    /** With a cache manager of Freshet. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(FreshetCacheManager.class)
    @ConditionalOnMissingBean(FreshetCachingConfiguration.class)
    @Import(FreshetCachingConfiguration.class)
    static class WithFreshetCaches {}

    /** With another one: nothing is coherent, and nobody would see it. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(FreshetCacheManager.class)
    static class WithOtherCaches {

        @Bean
        SmartInitializingSingleton freshetOtherCaches(ObjectProvider<CacheManager> managers) {
            return () -> managers.stream()
                    .filter(manager -> !(manager instanceof NoOpCacheManager))
                    .forEach(manager -> LoggerFactory.getLogger(FreshetCachingAutoConfiguration.class)
                            .warn(
                                    "@Cacheable is not coherent over replicas: its caches are those of a bean of the application, {}."
                                            + " Remove the bean, or build it with FreshetCacheManager.builder",
                                    manager.getClass().getName()));
        }
    }
}
