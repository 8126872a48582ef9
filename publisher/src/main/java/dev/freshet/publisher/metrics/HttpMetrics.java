package dev.freshet.publisher.metrics;

import dev.freshet.service.http.Problem;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts what HTTP refuses by itself, and shows what it holds. Safe to use from any thread. */
public final class HttpMetrics {

    private final Counter invalid;
    private final Counter tooLarge;
    private final Counter tooBroad;
    private final Counter forbidden;

    /** Registers all meters. */
    public HttpMetrics(HttpLoad http, MeterRegistry registry) {
        invalid = refused("invalid", registry);
        tooLarge = refused("too-large", registry);
        tooBroad = refused("too-broad", registry);
        forbidden = refused("forbidden", registry);
        Gauge.builder("freshet.publisher.http.connections", http, HttpLoad::openConnections)
                .description("Connections to the data port that are open")
                .register(registry);
        FunctionCounter.builder("freshet.publisher.http.connections.refused", http, HttpLoad::refusedConnections)
                .description("Connections to the data port that were closed because there were too many")
                .register(registry);
        Gauge.builder("freshet.publisher.request.bytes", http, HttpLoad::requestBytes)
                .description("Bytes that requests in flight hold")
                .register(registry);
    }

    private static Counter refused(String reason, MeterRegistry registry) {
        return Counter.builder("freshet.publisher.refused")
                .description("Changes refused, by reason")
                .tag("reason", reason)
                .register(registry);
    }

    /** Counts a refused request by its problem, unless the bus refused it: the bus reports that itself. */
    public void refused(Problem problem) {
        if (problem.type().equals("too-broad")) {
            tooBroad.increment();
        } else if (problem.status() == 403) {
            forbidden.increment();
        } else if (problem.status() == 413) {
            tooLarge.increment();
        } else if (problem.status() < 500) {
            invalid.increment();
        }
    }
}
