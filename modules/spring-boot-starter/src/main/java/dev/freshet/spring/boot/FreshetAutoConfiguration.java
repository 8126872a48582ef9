package dev.freshet.spring.boot;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.FreshetObserver;
import dev.freshet.bus.RedisConfig;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** Connects an application. {@link FreshetConfig} and {@link Freshet} give way to beans of the application. */
@AutoConfiguration
@ConditionalOnProperty(prefix = "freshet", name = "enabled", matchIfMissing = true)
@EnableConfigurationProperties(FreshetProperties.class)
public class FreshetAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    FreshetConfig freshetConfig(
            FreshetProperties properties,
            Environment environment,
            ObjectProvider<SslBundles> bundles,
            ObjectProvider<FreshetConfigCustomizer> customizers) {
        PropertyFaults faults = new PropertyFaults();
        RedisConfig redis = new RedisSettings(properties.redis(), bundles.getIfAvailable(), faults).from(environment);
        FreshetConfig config = configured(properties, redis, faults);
        faults.throwIfAny();
        for (FreshetConfigCustomizer customizer : customizers.orderedStream().toList()) {
            config = customizer.customize(config);
        }
        return config;
    }

    private static FreshetConfig configured(FreshetProperties properties, RedisConfig redis, PropertyFaults faults) {
        FreshetConfig config = FreshetConfig.of(redis);
        String name = properties.name();
        if (name != null) {
            config = faults.apply("freshet.name", config, it -> it.withName(name));
        }
        config = faults.apply(
                "freshet.heartbeat",
                config,
                it -> it.withSubscriber(subscriber -> subscriber.withHeartbeat(properties.heartbeat())));
        config = faults.apply(
                "freshet.log",
                config,
                it -> it.withPublisher(publisher -> publisher.withLog(
                        properties.log().maximumRecords(),
                        properties.log().maximumBytes().toBytes())));
        config = faults.apply(
                "freshet.broad.maximum-entries",
                config,
                it -> it.withPublisher(publisher ->
                        publisher.withBroadLimit(properties.broad().maximumEntries(), publisher.broadTimeout())));
        config = faults.apply("freshet.timeout", config, it -> it.withTimeout(properties.timeout()));
        config = faults.apply(
                "freshet.queue-maximum-changes", config, it -> it.withQueue(properties.queueMaximumChanges()));
        config = faults.apply("freshet.close-timeout", config, it -> it.withCloseTimeout(properties.closeTimeout()));
        return config.withOnFailure(properties.onFailure());
    }

    /** Connects in the background, and is closed after all that lives by phases: servers, listeners, schedulers. */
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    Freshet freshet(FreshetConfig config, ObjectProvider<FreshetObserver> observers) {
        boolean isObserved = config.observer() != FreshetObserver.NONE;
        return Freshet.connect(
                isObserved
                        ? config
                        : config.withObserver(observers
                                .orderedStream()
                                .reduce(FreshetObserver::andThen)
                                .orElse(FreshetObserver.NONE)));
    }
}
