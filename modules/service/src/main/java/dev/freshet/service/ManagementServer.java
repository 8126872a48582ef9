package dev.freshet.service;

import dev.freshet.service.http.Problem;
import dev.freshet.service.port.DataPort;
import dev.freshet.service.port.PortConnections;
import dev.freshet.service.port.PortGuard;
import dev.freshet.service.port.PortSettings;
import dev.freshet.service.port.PortTls;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Serves health probes and metrics on a port of its own. */
final class ManagementServer extends VerticleBase {

    private static final String METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final String OPEN_METRICS_CONTENT_TYPE = OPEN_METRICS + "; version=1.0.0; charset=utf-8";

    private final PortSettings settings;
    private final PortConnections connections;
    private final @Nullable PortTls tls;
    private final Health health;
    private final PrometheusMeterRegistry metrics;
    private @Nullable HttpServer server;

    ManagementServer(
            PortSettings settings,
            PortConnections connections,
            @Nullable PortTls tls,
            Health health,
            PrometheusMeterRegistry metrics) {
        this.settings = settings;
        this.connections = connections;
        this.tls = tls;
        this.health = health;
        this.metrics = metrics;
    }

    @Override
    public Future<?> start() {
        // It answers until the process ends: probes and scrapes must not be told to go elsewhere.
        HttpServer created = vertx.createHttpServer(DataPort.options(settings));
        new PortGuard(vertx, settings, connections, () -> false, tls, this::answerAtEnd).guard(created);
        server = created;
        return created.listen();
    }

    @Override
    public Future<?> stop() {
        return server == null ? Future.succeededFuture() : server.shutdown(1, TimeUnit.SECONDS);
    }

    /** Returns the port that the server listens at. To be called after the start. */
    int port() {
        return server == null ? settings.port() : server.actualPort();
    }

    /** Answers when the whole request has arrived, so that a malformed one is never answered as if it were good. */
    private void answerAtEnd(HttpServerRequest request) {
        request.handler(dropped -> {}).endHandler(ended -> answer(request));
    }

    private void answer(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            Problem.sendMethodNotAllowed(request, "GET, HEAD");
            return;
        }
        switch (String.valueOf(request.path())) {
            case "/health/live" -> send(response, health.live(), Map.of());
            case "/health/started" -> send(response, health.startedChecks(), Map.of());
            case "/health/ready" -> send(response, health.ready(), health.readyDetails());
            case "/metrics" -> sendMetrics(request.getHeader(HttpHeaders.ACCEPT), response);
            default -> Problem.noSuchPath().send(response);
        }
    }

    /** Exemplars are part of OpenMetrics only, which Prometheus asks for. */
    private void sendMetrics(@Nullable String accepted, HttpServerResponse response) {
        String type =
                accepted != null && accepted.contains(OPEN_METRICS) ? OPEN_METRICS_CONTENT_TYPE : METRICS_CONTENT_TYPE;
        // Not on the event loop: with many regions the text is long, and probes must not wait for it.
        Callable<String> scrape = () -> metrics.scrape(type);
        vertx.executeBlocking(scrape, false)
                .onSuccess(text ->
                        response.putHeader(HttpHeaders.CONTENT_TYPE, type).end(text))
                .onFailure(fault -> Problem.of(500, "internal", "The metrics could not be collected: " + fault)
                        .send(response));
    }

    private static void send(
            HttpServerResponse response,
            List<Health.Check> checks,
            Map<String, Supplier<? extends @Nullable Object>> details) {
        boolean up = checks.stream().allMatch(Health.Check::isUp);
        JsonArray list = new JsonArray();
        for (Health.Check check : checks) {
            JsonObject json = new JsonObject().put("name", check.name()).put("status", check.isUp() ? "up" : "down");
            if (check.fault() != null) {
                json.put("reason", check.fault());
            }
            list.add(json);
        }
        JsonObject answer = new JsonObject().put("status", up ? "up" : "down").put("checks", list);
        details.forEach((member, supplier) -> {
            Object value = supplier.get();
            if (value != null) {
                answer.put(member, value);
            }
        });
        response.setStatusCode(up ? 200 : 503)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(answer.toBuffer());
    }
}
