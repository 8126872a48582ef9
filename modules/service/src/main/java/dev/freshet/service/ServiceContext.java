package dev.freshet.service;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;

/**
 * What a running application works with.
 *
 * @param vertx its event loops
 * @param metrics where it registers what it measures
 * @param health where it adds its conditions of being ready
 */
public record ServiceContext(Vertx vertx, MeterRegistry metrics, Health health) {}
