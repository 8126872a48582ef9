package dev.freshet.spring;

import java.lang.reflect.Method;
import org.springframework.aop.Advisor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.ClassUtils;

/**
 * Import this beside {@code @EnableCaching}, and define a {@link FreshetCacheManager}: then every {@code @Cacheable} load runs under a
 * lease, evictions wait for the commit, and {@link FreshetEvict} and {@link FreshetTags} take effect. Spring Boot's starter does it.
 */
@Configuration(proxyBeanMethods = false)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public class FreshetCachingConfiguration {

    /** The order of caching: around transactions, which are last unless the application says otherwise. */
    static final int ORDER = Ordered.LOWEST_PRECEDENCE - 1;

    /** Called by the container. */
    public FreshetCachingConfiguration() {}

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static FreshetCachingPostProcessor freshetCachingPostProcessor() {
        return new FreshetCachingPostProcessor();
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    @Conditional(HasTransactions.class)
    static BeanPostProcessor freshetTransactionMarks() {
        return new TransactionMarks();
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static FreshetEvictInterceptor freshetEvictInterceptor(ObjectProvider<FreshetCacheManager> managers) {
        return new FreshetEvictInterceptor(managers);
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static Advisor freshetEvictAdvisor(FreshetEvictInterceptor interceptor) {
        DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(
                new StaticMethodMatcherPointcut() {
                    @Override
                    public boolean matches(Method method, Class<?> targetClass) {
                        return FreshetEvictInterceptor.isAnnotated(method, targetClass);
                    }
                },
                interceptor);
        advisor.setOrder(ORDER);
        return advisor;
    }

    /** Whether spring-tx is there. */
    static final class HasTransactions implements Condition {
        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            return ClassUtils.isPresent(
                    "org.springframework.transaction.ConfigurableTransactionManager", context.getClassLoader());
        }
    }
}
