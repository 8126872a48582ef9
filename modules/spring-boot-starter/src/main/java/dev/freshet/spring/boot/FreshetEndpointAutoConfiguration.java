package dev.freshet.spring.boot;

import dev.freshet.Freshet;
import dev.freshet.spring.FreshetCacheManager;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The endpoint {@code freshet}, where Actuator exposes it. */
@AutoConfiguration(after = FreshetAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBean(Freshet.class)
@ConditionalOnAvailableEndpoint(endpoint = FreshetEndpoint.class)
public class FreshetEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    FreshetEndpoint freshetEndpoint(Freshet freshet, ObjectProvider<FreshetCacheManager> managers) {
        return new FreshetEndpoint(freshet, managers);
    }
}
