package dev.freshet.publisher;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.PublisherListener;
import dev.freshet.publisher.http.PublisherServer;
import dev.freshet.service.Service;
import dev.freshet.service.config.Configuration;
import dev.freshet.service.openapi.OpenApi;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/** Starts the application on free ports, and sends requests to it. */
public final class PublisherHarness implements AutoCloseable {

    private static final OpenApi API = OpenApi.beside(PublisherServer.class);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Service service;

    private PublisherHarness(Service service) {
        this.service = service;
    }

    public static PublisherHarness start(
            BiFunction<PublisherConfig, PublisherListener, Publisher> connector, String... settings) {
        List<String> all = new ArrayList<>(List.of(
                "http.port", "0", "http.host", "127.0.0.1", "management.port", "0", "management.host", "127.0.0.1"));
        all.addAll(List.of(settings));
        return new PublisherHarness(
                Service.start(new PublisherApplication(connector), Configuration.of(all.toArray(String[]::new))));
    }

    public static PublisherHarness start(FakePublisher publisher, String... settings) {
        return start((config, listener) -> publisher, settings);
    }

    public Service service() {
        return service;
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + service.port() + path);
    }

    public HttpResponse<String> post(String query, String contentType, byte[] body) {
        return send(HttpRequest.newBuilder(uri("/v1/invalidations" + query))
                .header("Content-Type", contentType)
                .POST(BodyPublishers.ofByteArray(body))
                .build());
    }

    public HttpResponse<String> postJson(String body) {
        return post("", "application/json", body.getBytes(UTF_8));
    }

    public HttpResponse<String> postLines(String... lines) {
        return post("", "application/x-ndjson", String.join("\n", lines).getBytes(UTF_8));
    }

    public CompletableFuture<HttpResponse<String>> postAsync(String contentType, HttpRequest.BodyPublisher body) {
        return client.sendAsync(
                HttpRequest.newBuilder(uri("/v1/invalidations"))
                        .header("Content-Type", contentType)
                        .POST(body)
                        .build(),
                BodyHandlers.ofString());
    }

    /** Sends a request with a token. */
    public HttpResponse<String> send(String token, HttpRequest.Builder request) {
        return send(request.header("Authorization", "Bearer " + token).build());
    }

    public HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).build());
    }

    public HttpResponse<String> management(String path) {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.managementPort() + path))
                .build());
    }

    /** Returns the value of a metric by its name and labels, as the text format shows them; NaN if there is none. */
    public double metric(String nameAndLabels) {
        return management("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(nameAndLabels + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(nameAndLabels.length() + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }

    public HttpResponse<String> send(HttpRequest request) {
        try {
            HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
            if (request.uri().getPort() == service.port()) {
                API.requireDescribed(
                        request.method(), request.uri().getRawPath(), response.statusCode(), response.body());
            }
            return response;
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the publisher sent no answer to " + request.method() + " " + request.uri(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the answer to " + request.uri(), e);
        }
    }

    public static JsonObject json(HttpResponse<String> response) {
        return new JsonObject(response.body());
    }

    @Override
    public void close() {
        service.close();
    }
}
