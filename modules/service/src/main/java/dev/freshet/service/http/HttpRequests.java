package dev.freshet.service.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.http.HttpServerResponse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts answers by route and status, as {@code freshet_http_requests_total}. Safe to use from any thread.
 *
 * <p>The application chooses the routes' names, so that there are few of them; a name never comes from a client.
 */
public final class HttpRequests {

    private final MeterRegistry registry;
    private final Map<String, Map<Integer, Counter>> counters = new ConcurrentHashMap<>();

    public HttpRequests(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Counts this answer when it ends. An answer that does not end, because the client disconnected, is not counted. */
    public void count(String route, HttpServerResponse response) {
        response.endHandler(ended -> counter(route, response.getStatusCode()).increment());
    }

    private Counter counter(String route, int status) {
        return counters.computeIfAbsent(route, absent -> new ConcurrentHashMap<>())
                .computeIfAbsent(status, absent -> Counter.builder("freshet.http.requests")
                        .description("Requests answered, by route and status")
                        .tag("route", route)
                        .tag("status", Integer.toString(status))
                        .register(registry));
    }
}
