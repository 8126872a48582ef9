package dev.freshet.spring.boot;

import dev.freshet.Freshet;
import dev.freshet.spring.CacheKeyConverter;
import dev.freshet.spring.FreshetCacheManager;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cache.CacheManager;
import org.springframework.cache.interceptor.CacheAspectSupport;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * The cache manager of an application with {@code @EnableCaching}. It comes before Boot's own choice, and gives way to a cache manager or
 * resolver of the application, and to {@code spring.cache.type=none}.
 */
@AutoConfiguration(
        after = FreshetAutoConfiguration.class,
        beforeName = {
            "org.springframework.boot.autoconfigure.cache.CacheAutoConfiguration",
            "org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration"
        })
@ConditionalOnBean({Freshet.class, CacheAspectSupport.class})
@ConditionalOnMissingBean(value = CacheManager.class, name = "cacheResolver")
@Conditional(FreshetCacheAutoConfiguration.CachingIsNotSwitchedOff.class)
public class FreshetCacheAutoConfiguration {

    private static final String TYPE = "spring.cache.type";

    /** Opens the caches that the properties name; a fault in them ends the start. */
    @Bean
    FreshetCacheManager cacheManager(
            Freshet freshet,
            FreshetProperties properties,
            Environment environment,
            ObjectProvider<CacheKeyConverter> converters,
            ObjectProvider<FreshetCacheCustomizer> customizers,
            @Qualifier("applicationTaskExecutor") ObjectProvider<Executor> executor) {
        PropertyFaults faults = new PropertyFaults();
        requireNoOtherType(environment, faults);
        FreshetCacheManager.Builder builder =
                FreshetCacheManager.builder(freshet).evictionFailure(properties.evictionFailure());
        converters.orderedStream().forEach(builder::keyConverter);
        executor.ifAvailable(builder::executor);

        CacheSettingsReader reader = new CacheSettingsReader(
                properties.defaults(), customizers.orderedStream().toList(), faults);
        Set<String> named = namesOfBoot(environment);
        properties.caches().forEach((name, settings) -> builder.cache(name, reader.options(name, settings)));
        named.removeAll(properties.caches().keySet());
        named.forEach(name -> builder.cache(name, reader.defaults()));
        if (namesOfBoot(environment).isEmpty()) {
            builder.defaults(reader.defaults());
        }
        faults.throwIfAny();
        try {
            return builder.build();
        } catch (IllegalArgumentException refused) {
            faults.add("freshet.caches", String.valueOf(refused.getMessage()));
            faults.throwIfAny();
            throw refused;
        }
    }

    /** Left over from before, it would say that another cache is used. */
    private static void requireNoOtherType(Environment environment, PropertyFaults faults) {
        String type = environment.getProperty(TYPE);
        if (type != null) {
            faults.add(
                    TYPE,
                    "is \"" + type
                            + "\", but caches are coherent only as Freshet's: remove it, or set freshet.enabled=false");
        }
    }

    private static Set<String> namesOfBoot(Environment environment) {
        return new TreeSet<>(Binder.get(environment)
                .bind("spring.cache.cache-names", Bindable.listOf(String.class))
                .orElse(List.of()));
    }

    /** Whether the application caches at all. */
    static final class CachingIsNotSwitchedOff implements Condition {
        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            @Nullable String type = context.getEnvironment().getProperty(TYPE);
            return type == null || !type.toLowerCase(Locale.ROOT).equals("none");
        }
    }
}
