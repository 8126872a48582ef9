package dev.freshet.service;

import dev.freshet.service.port.Ports;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * What a service gives to its application.
 *
 * @param vertx the event loops
 * @param ports opens the data port
 * @param metrics where the application registers its meters
 * @param health where the application adds its conditions of having started and of readiness
 * @param traces where the application makes its spans; null: it makes none
 */
public record ServiceContext(
        Vertx vertx,
        Ports ports,
        MeterRegistry metrics,
        Health health,
        @Nullable OpenTelemetry traces) {}
