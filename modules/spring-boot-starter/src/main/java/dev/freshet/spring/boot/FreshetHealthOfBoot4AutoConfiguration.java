package dev.freshet.spring.boot;

import dev.freshet.Freshet;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The health of Freshet, for the Actuator of Boot 4. */
@AutoConfiguration(
        after = FreshetAutoConfiguration.class,
        beforeName = "org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration")
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Freshet.class)
@ConditionalOnEnabledHealthIndicator("freshet")
public class FreshetHealthOfBoot4AutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "freshetHealthIndicator")
    HealthIndicator freshetHealthIndicator(Freshet freshet) {
        return new FreshetHealthIndicatorOfBoot4(freshet);
    }
}
