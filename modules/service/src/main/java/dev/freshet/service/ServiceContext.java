package dev.freshet.service;

import dev.freshet.service.port.Ports;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;

/**
 * What a service gives to its application.
 *
 * @param vertx the event loops
 * @param ports opens the data port
 * @param metrics where the application registers its meters
 * @param health where the application adds its conditions of having started and of readiness
 */
public record ServiceContext(Vertx vertx, Ports ports, MeterRegistry metrics, Health health) {}
