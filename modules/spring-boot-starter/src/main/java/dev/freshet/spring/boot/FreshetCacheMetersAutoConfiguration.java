package dev.freshet.spring.boot;

import dev.freshet.spring.FreshetCacheManager;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** Meters of the cache manager, which Boot binds to every registry. */
@AutoConfiguration(after = FreshetCacheAutoConfiguration.class)
@ConditionalOnClass(MeterBinder.class)
@ConditionalOnSingleCandidate(FreshetCacheManager.class)
public class FreshetCacheMetersAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "freshetCacheMeters")
    MeterBinder freshetCacheMeters(FreshetCacheManager manager) {
        return new FreshetCacheMeters(manager);
    }
}
