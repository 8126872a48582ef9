package dev.freshet.publisher.console;

import dev.freshet.publisher.http.InvalidationsHandler;
import dev.freshet.publisher.http.Responses;
import dev.freshet.schema.Syntax;
import dev.freshet.service.http.Problem;
import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Doorkeeper;
import dev.freshet.service.rights.Right;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes requests at the console's port. The page's files are open to whoever reaches the port, since they say nothing; everything else needs
 * what the tokens file demands.
 */
final class ConsoleServer {

    static final String EVENTS = "/v1/events";
    static final String ASK = "/v1/ask";
    static final String EXPLAIN = "/v1/explain";
    static final String RECORD = "/v1/record";
    static final String INVALIDATIONS = "/v1/invalidations";

    /** A browser shows its token anew so often: one that was removed stops working within this time. */
    private static final long STREAM_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Nothing but what this port serves runs on the page, and nobody may frame it. */
    private static final Map<String, String> SECURITY = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cross-Origin-Resource-Policy",
            "same-origin");

    private final Doorkeeper doorkeeper;
    private final StaticFiles files = new StaticFiles();
    private final Viewers viewers;
    private final AskHandler ask;
    private final InvalidationsHandler invalidations;

    ConsoleServer(Doorkeeper doorkeeper, Viewers viewers, AskHandler ask, InvalidationsHandler invalidations) {
        this.doorkeeper = doorkeeper;
        this.viewers = viewers;
        this.ask = ask;
        this.invalidations = invalidations;
    }

    void route(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        SECURITY.forEach(response::putHeader);
        String path = String.valueOf(request.path());
        if (files.has(path)) {
            files.answer(request);
            return;
        }
        response.putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        Caller caller = doorkeeper.admit(request);
        if (caller == null) {
            return;
        }
        HttpMethod allowed = path.equals(EVENTS) || path.equals(RECORD) ? HttpMethod.GET : HttpMethod.POST;
        switch (path) {
            case EVENTS, ASK, EXPLAIN, RECORD, INVALIDATIONS -> {
                if (request.method().equals(allowed)) {
                    serve(request, path, caller);
                } else {
                    Responses.refuseMethod(request, allowed);
                }
            }
            default -> Responses.refuse(request, Problem.noSuchPath());
        }
    }

    private void serve(HttpServerRequest request, String path, Caller caller) {
        switch (path) {
            case EVENTS -> watch(request, caller);
            case ASK -> ask.ask(request, caller);
            case EXPLAIN -> ask.explain(request, caller);
            case RECORD -> ask.record(request, caller);
            default -> invalidations.handle(request, caller);
        }
    }

    private void watch(HttpServerRequest request, Caller caller) {
        String region = parameter(request, "region");
        if (region != null) {
            String fault = Syntax.faultInRegion(region).orElse(null);
            Problem refusal = fault == null ? caller.refusal(Right.READ, region) : Problem.invalid("region", fault);
            if (refusal != null) {
                Responses.refuse(request, refusal);
                return;
            }
        }
        HttpServerResponse response = request.response();
        Context context = Vertx.currentContext();
        Viewer viewer = new Viewer(context, response, caller, region, System.nanoTime() + STREAM_NANOS);
        response.setChunked(true)
                .setWriteQueueMaxSize(Viewer.QUEUE_BYTES)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                .closeHandler(closed -> viewers.remove(viewer))
                .exceptionHandler(fault -> viewers.remove(viewer));
        if (viewers.add(viewer)) {
            viewer.greet();
        } else {
            viewer.gone();
            response.setChunked(false);
            Responses.refuse(
                    request,
                    Problem.of(
                            503,
                            "too-many-viewers",
                            "As many browsers watch as may (console.maximum-viewers). Close one, or try again later."));
        }
    }

    /** Returns a parameter of the query; null if it is missing or malformed. */
    static @Nullable String parameter(HttpServerRequest request, String name) {
        try {
            return request.getParam(name);
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }
}
