package dev.freshet.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.cache.annotation.CachingConfigurer;
import org.springframework.cache.interceptor.BeanFactoryCacheOperationSourceAdvisor;
import org.springframework.cache.interceptor.CacheInterceptor;
import org.springframework.cache.interceptor.CacheOperationSource;
import org.springframework.core.Ordered;

/**
 * Puts {@link FreshetCacheInterceptor} in place of Spring's interceptor, which {@code @EnableCaching} and {@code
 * <cache:annotation-driven>} define, and lets caching surround transactions unless an order is given: then a hit begins none, and evictions
 * come after the commit.
 *
 * <p>Refuses what it cannot replace, because there each load would be a {@code put} without a lease: caching by AspectJ, and interceptors
 * of another class.
 */
final class FreshetCachingPostProcessor implements BeanDefinitionRegistryPostProcessor, Ordered {

    private static final String ASPECT = "org.springframework.cache.config.internalCacheAspect";

    /** After those that define beans, such as Spring's for classes with annotations. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
        if (registry.containsBeanDefinition(ASPECT)) {
            throw new IllegalStateException(
                    "caching is woven by AspectJ, where Freshet cannot give loads their leases: use"
                            + " @EnableCaching(mode = AdviceMode.PROXY)");
        }
        for (String name : registry.getBeanDefinitionNames()) {
            BeanDefinition definition = registry.getBeanDefinition(name);
            if (isMadeBySpring(definition)) {
                registry.removeBeanDefinition(name);
                registry.registerBeanDefinition(name, ours());
            } else if (CacheInterceptor.class.getName().equals(definition.getBeanClassName())
                    && definition.getFactoryMethodName() == null) {
                definition.setBeanClassName(FreshetCacheInterceptor.class.getName());
            }
        }
    }

    /** Whether it is the bean method of {@code ProxyCachingConfiguration}. */
    private static boolean isMadeBySpring(BeanDefinition definition) {
        String factory = definition.getFactoryBeanName();
        return "cacheInterceptor".equals(definition.getFactoryMethodName())
                && factory != null
                && factory.equals("org.springframework.cache.annotation.ProxyCachingConfiguration");
    }

    private static RootBeanDefinition ours() {
        RootBeanDefinition definition = new RootBeanDefinition(FreshetCachingPostProcessor.class);
        definition.setFactoryMethodName("cacheInterceptor");
        definition.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR);
        definition.setRole(BeanDefinition.ROLE_INFRASTRUCTURE);
        return definition;
    }

    /** Makes the interceptor as Spring's {@code ProxyCachingConfiguration} does. Called by the container. */
    static FreshetCacheInterceptor cacheInterceptor(
            CacheOperationSource cacheOperationSource, ObjectProvider<CachingConfigurer> configurers) {
        FreshetCacheInterceptor interceptor = new FreshetCacheInterceptor();
        interceptor.configure(
                () -> {
                    CachingConfigurer configurer = only(configurers);
                    return configurer == null ? null : configurer.errorHandler();
                },
                () -> {
                    CachingConfigurer configurer = only(configurers);
                    return configurer == null ? null : configurer.keyGenerator();
                },
                () -> {
                    CachingConfigurer configurer = only(configurers);
                    return configurer == null ? null : configurer.cacheResolver();
                },
                () -> {
                    CachingConfigurer configurer = only(configurers);
                    return configurer == null ? null : configurer.cacheManager();
                });
        interceptor.setCacheOperationSource(cacheOperationSource);
        return interceptor;
    }

    private static @Nullable CachingConfigurer only(ObjectProvider<CachingConfigurer> configurers) {
        var all = configurers.stream().toList();
        if (all.size() > 1) {
            throw new IllegalStateException("there are " + all.size()
                    + " beans of type CachingConfigurer, but caching is configured by one: leave one of them");
        }
        return all.isEmpty() ? null : all.get(0);
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
        beanFactory.addBeanPostProcessor(new Caching()); // now: the advisor is made as soon as the first bean is
    }

    /** Looks at what Spring's caching is made of. */
    private static final class Caching implements BeanPostProcessor {

        @Override
        public Object postProcessAfterInitialization(Object bean, String beanName) {
            if (bean instanceof CacheInterceptor && !(bean instanceof FreshetCacheInterceptor)) {
                throw new IllegalStateException("bean \"" + beanName + "\" is a cache interceptor of "
                        + bean.getClass().getName()
                        + ", which gives loads no leases: let it extend FreshetCacheInterceptor");
            }
            if (bean instanceof BeanFactoryCacheOperationSourceAdvisor advisor
                    && advisor.getOrder() == Ordered.LOWEST_PRECEDENCE) {
                advisor.setOrder(FreshetCachingConfiguration.ORDER);
            }
            return bean;
        }
    }
}
