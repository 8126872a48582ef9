package dev.freshet.service;

import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Vertx;

/**
 * What a running application works with.
 *
 * @param vertx its event loops
 * @param metrics where it registers what it measures
 * @param collectors where it registers what Micrometer has no meter for; shown beside the rest
 * @param health where it adds its conditions of being ready
 */
public record ServiceContext(Vertx vertx, MeterRegistry metrics, PrometheusRegistry collectors, Health health) {}
