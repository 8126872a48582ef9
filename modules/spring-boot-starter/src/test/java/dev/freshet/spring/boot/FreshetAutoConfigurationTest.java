package dev.freshet.spring.boot;

import static dev.freshet.spring.boot.Contexts.withStarter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.FreshetObserver;
import dev.freshet.micrometer.FreshetMetrics;
import dev.freshet.tracing.FreshetTracing;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Each bean, what it depends on, and that it gives way to one of the application's. */
class FreshetAutoConfigurationTest {

    private final ApplicationContextRunner runner = withStarter();

    @Test
    void theClientIsThereAndItsConfigurationIsWhatThePropertiesSay() {
        runner.withPropertyValues("freshet.timeout=3s", "freshet.name=orders").run(context -> {
            assertThat(context).hasSingleBean(Freshet.class).hasSingleBean(FreshetConfig.class);
            assertThat(context.getBean(FreshetConfig.class).timeout()).isEqualTo(Duration.ofSeconds(3));
            assertThat(context.getBean(FreshetConfig.class).subscriber().name()).isEqualTo("orders");
        });
    }

    @Test
    void nothingIsThereIfItIsSwitchedOff() {
        runner.withPropertyValues("freshet.enabled=false")
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean(OpenTelemetry.class, OpenTelemetry::noop)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(FreshetTracing.class)
                        .doesNotHaveBean(Freshet.class)
                        .doesNotHaveBean(FreshetConfig.class)
                        .doesNotHaveBean(FreshetObserver.class)
                        .doesNotHaveBean(FreshetEndpoint.class)
                        .doesNotHaveBean("freshetHealthIndicator"));
    }

    @Test
    void aConfigurationOfTheApplicationTakesThePlaceOfTheProperties() {
        FreshetConfig own = FreshetConfig.of(Contexts.NOBODY).withTimeout(Duration.ofSeconds(7));
        runner.withBean(FreshetConfig.class, () -> own)
                .run(context -> assertThat(context.getBean(FreshetConfig.class)).isSameAs(own));
    }

    @Test
    void aClientOfTheApplicationTakesThePlaceOfOurs() {
        try (Freshet own = Freshet.connect(Contexts.NOBODY)) {
            runner.withBean("own", Freshet.class, () -> own)
                    .run(context -> assertThat(context.getBean(Freshet.class)).isSameAs(own));
        }
    }

    @Test
    void customizersAreAppliedInTheirOrder() {
        runner.withBean("second", FreshetConfigCustomizer.class, () -> new Ordered2(), it -> {})
                .withBean("first", FreshetConfigCustomizer.class, () -> new Ordered1(), it -> {})
                .run(context -> assertThat(context.getBean(FreshetConfig.class).queueMaximumChanges())
                        .isEqualTo(2));
    }

    @org.springframework.core.annotation.Order(1)
    private static final class Ordered1 implements FreshetConfigCustomizer {
        @Override
        public FreshetConfig customize(FreshetConfig config) {
            return config.withQueue(1);
        }
    }

    @org.springframework.core.annotation.Order(2)
    private static final class Ordered2 implements FreshetConfigCustomizer {
        @Override
        public FreshetConfig customize(FreshetConfig config) {
            return config.withQueue(2);
        }
    }

    // ---- Metrics

    @Test
    void metricsAreRegisteredWhereThereIsARegistry() {
        runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run(context -> {
            assertThat(context).hasSingleBean(FreshetMetrics.class);
            assertThat(context.getBean(MeterRegistry.class)
                            .find("freshet.client.logged")
                            .functionCounter())
                    .isNotNull();
        });
    }

    @Test
    void withoutARegistryThereAreNoMetrics() {
        runner.run(context -> assertThat(context).hasSingleBean(Freshet.class).doesNotHaveBean(FreshetObserver.class));
    }

    @Test
    void ofTwoRegistriesNoneIsTaken() {
        runner.withBean("one", MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean("two", MeterRegistry.class, SimpleMeterRegistry::new)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(Freshet.class)
                        .doesNotHaveBean(FreshetMetrics.class));
    }

    @Test
    void withoutMicrometerThereAreNoMetrics() {
        runner.withClassLoader(new FilteredClassLoader("io.micrometer"))
                .run(context -> assertThat(context).hasSingleBean(Freshet.class).doesNotHaveBean("freshetMetrics"));
    }

    // ---- Traces

    @Test
    void spansAreMadeWhereThereIsAnOpenTelemetryBesideMetrics() {
        runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean(OpenTelemetry.class, OpenTelemetry::noop)
                .run(context -> {
                    assertThat(context).hasSingleBean(FreshetTracing.class).hasSingleBean(FreshetMetrics.class);
                    assertThat(context.getBean(MeterRegistry.class)
                                    .find("freshet.client.logged")
                                    .functionCounter())
                            .isNotNull();
                    assertThat(context.getBean(Freshet.class)
                                    .publisher()
                                    .getClass()
                                    .getName())
                            .isEqualTo("dev.freshet.tracing.TracedPublisher");
                });
    }

    @Test
    void withoutOneThereAreNoSpans() {
        runner.run(context -> assertThat(context).hasSingleBean(Freshet.class).doesNotHaveBean(FreshetTracing.class));
        runner.withBean("one", OpenTelemetry.class, OpenTelemetry::noop)
                .withBean("two", OpenTelemetry.class, OpenTelemetry::noop)
                .run(context -> assertThat(context).hasSingleBean(Freshet.class).doesNotHaveBean(FreshetTracing.class));
    }

    @Test
    void spansOfTheApplicationTakeThePlaceOfOurs() {
        FreshetTracing own = FreshetTracing.of(OpenTelemetry.noop());
        runner.withBean(OpenTelemetry.class, OpenTelemetry::noop)
                .withBean("own", FreshetTracing.class, () -> own)
                .run(context -> {
                    assertThat(context).hasSingleBean(Freshet.class);
                    assertThat(context.getBean(FreshetTracing.class)).isSameAs(own);
                });
    }

    @Test
    void withoutTheLibraryThereAreNoSpans() {
        runner.withClassLoader(new FilteredClassLoader("io.opentelemetry"))
                .run(context -> assertThat(context).hasSingleBean(Freshet.class).doesNotHaveBean("freshetTracing"));
        runner.withClassLoader(new FilteredClassLoader("dev.freshet.tracing"))
                .withBean(OpenTelemetry.class, OpenTelemetry::noop)
                .run(context -> assertThat(context).hasSingleBean(Freshet.class).doesNotHaveBean("freshetTracing"));
    }

    @Test
    void anObserverOfTheApplicationTakesThePlaceOfOurs() {
        runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean(FreshetObserver.class, () -> FreshetObserver.NONE)
                .run(context -> assertThat(context)
                        .doesNotHaveBean(FreshetMetrics.class)
                        .hasSingleBean(Freshet.class));
    }

    @Test
    void anObserverInTheConfigurationOfTheApplicationStays() {
        FreshetObserver own = () -> FreshetObserver.Observation.NOTHING;
        runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean(FreshetConfig.class, () -> FreshetConfig.of(Contexts.NOBODY)
                        .withObserver(own))
                .run(context -> {
                    assertThat(context).hasSingleBean(Freshet.class);
                    assertThat(context.getBean(MeterRegistry.class).getMeters()).isEmpty();
                });
    }

    // ---- Health and endpoint

    @Test
    void healthIsThereUnlessItIsSwitchedOffOrTheApplicationHasItsOwn() {
        runner.run(context -> assertThat(context).hasBean("freshetHealthIndicator"));
        runner.withPropertyValues("management.health.freshet.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean("freshetHealthIndicator"));
        runner.withBean("freshetHealthIndicator", String.class, () -> "own")
                .run(context ->
                        assertThat(context.getBean("freshetHealthIndicator")).isEqualTo("own"));
    }

    @Test
    void theEndpointIsThereWhereItIsExposed() {
        runner.run(context -> assertThat(context).doesNotHaveBean(FreshetEndpoint.class));
        ApplicationContextRunner exposed =
                runner.withPropertyValues("management.endpoints.web.exposure.include=freshet");
        exposed.run(context -> assertThat(context).hasSingleBean(FreshetEndpoint.class));
        exposed.withBean("own", FreshetEndpoint.class)
                .run(context ->
                        assertThat(context).hasSingleBean(FreshetEndpoint.class).hasBean("own"));
    }

    @Test
    void withoutActuatorThereIsNeither() {
        runner.withPropertyValues("management.endpoints.web.exposure.include=freshet")
                .withClassLoader(new FilteredClassLoader(
                        "org.springframework.boot.actuate.endpoint",
                        "org.springframework.boot.actuate.health",
                        "org.springframework.boot.health.contributor"))
                .run(context -> assertThat(context)
                        .hasSingleBean(Freshet.class)
                        .doesNotHaveBean("freshetHealthIndicator")
                        .doesNotHaveBean("freshetEndpoint"));
    }
}
