package dev.freshet.spring.boot;

import dev.freshet.FreshetObserver;
import dev.freshet.micrometer.FreshetMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/**
 * Registers Freshet's meters where the application has a registry. Meters of the names that Micrometer has for every cache get the
 * keys that Boot gives them, because Prometheus refuses one name with different keys.
 */
@AutoConfiguration(
        before = FreshetAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
        })
@ConditionalOnProperty(prefix = "freshet", name = "enabled", matchIfMissing = true)
@ConditionalOnClass({MeterRegistry.class, FreshetMetrics.class})
@ConditionalOnBean(MeterRegistry.class)
@ConditionalOnSingleCandidate(MeterRegistry.class)
public class FreshetMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(value = FreshetObserver.class, ignoredType = "dev.freshet.tracing.FreshetTracing")
    FreshetMetrics freshetMetrics(MeterRegistry registry) {
        return FreshetMetrics.of(registry)
                .withCacheTags(region -> Tags.of("cache.manager", "cacheManager", "name", region));
    }
}
