package dev.freshet.spring.boot;

import dev.freshet.tracing.FreshetTracing;
import io.opentelemetry.api.OpenTelemetry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** Makes the spans of changes where the application has {@code freshet-tracing} and an OpenTelemetry. */
@AutoConfiguration(
        before = FreshetAutoConfiguration.class,
        after = FreshetMetricsAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.actuate.autoconfigure.opentelemetry.OpenTelemetryAutoConfiguration",
            "org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration"
        })
@ConditionalOnProperty(prefix = "freshet", name = "enabled", matchIfMissing = true)
@ConditionalOnClass({OpenTelemetry.class, FreshetTracing.class})
@ConditionalOnSingleCandidate(OpenTelemetry.class)
public class FreshetTracingAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    FreshetTracing freshetTracing(OpenTelemetry openTelemetry) {
        return FreshetTracing.of(openTelemetry);
    }
}
