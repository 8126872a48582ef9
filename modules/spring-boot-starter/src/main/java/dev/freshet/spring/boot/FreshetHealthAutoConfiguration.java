package dev.freshet.spring.boot;

import dev.freshet.Freshet;
import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The health of Freshet, for the Actuator of Boot 3. */
@AutoConfiguration(
        after = FreshetAutoConfiguration.class,
        beforeName = "org.springframework.boot.actuate.autoconfigure.health.HealthContributorAutoConfiguration")
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Freshet.class)
@ConditionalOnEnabledHealthIndicator("freshet")
public class FreshetHealthAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "freshetHealthIndicator")
    HealthIndicator freshetHealthIndicator(Freshet freshet) {
        return new FreshetHealthIndicator(freshet);
    }
}
