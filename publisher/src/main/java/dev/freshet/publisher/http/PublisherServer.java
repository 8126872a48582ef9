package dev.freshet.publisher.http;

import dev.freshet.publisher.configuration.HttpSettings;
import dev.freshet.service.http.ApiDocument;
import dev.freshet.service.http.HttpRequests;
import dev.freshet.service.http.Problem;
import dev.freshet.service.port.DataPort;
import dev.freshet.service.port.Ports;
import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Doorkeeper;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;

/** Takes requests at the data port, and passes each to the handler of its path. */
public final class PublisherServer {

    private static final String INVALIDATIONS = "/v1/invalidations";
    private static final String REGIONS = "/v1/regions";
    private static final String REGION = "/v1/regions/:region";
    private static final String NONE = "none";

    private final HttpSettings settings;
    private final Doorkeeper doorkeeper;
    private final InvalidationsHandler invalidations;
    private final RegionsHandler regions;
    private final HttpRequests requests;
    private final ApiDocument api = ApiDocument.beside(PublisherServer.class);

    public PublisherServer(
            HttpSettings settings,
            Doorkeeper doorkeeper,
            InvalidationsHandler invalidations,
            RegionsHandler regions,
            HttpRequests requests) {
        this.settings = settings;
        this.doorkeeper = doorkeeper;
        this.invalidations = invalidations;
        this.regions = regions;
        this.requests = requests;
    }

    /** Starts to listen. The future fails if the port cannot be used. */
    public Future<DataPort> listen(Ports ports) {
        return ports.listen(settings.port(), () -> this::route);
    }

    private void route(HttpServerRequest request) {
        String path = pathOf(request);
        String route = routeOf(path, String.valueOf(request.path()));
        requests.count(route, request.response());
        if (api.has(route)) { // What the port can do is no secret.
            api.answer(request);
            return;
        }
        Caller caller = doorkeeper.admit(request);
        if (caller != null) {
            serve(request, route, path, caller);
        }
    }

    /** Returns the name that a path has in metrics. */
    private String routeOf(String path, String raw) {
        if (api.has(raw)) {
            return raw;
        }
        if (path.equals(INVALIDATIONS) || path.equals(REGIONS)) {
            return path;
        }
        return path.startsWith(REGIONS + "/") && path.indexOf('/', REGIONS.length() + 1) < 0 ? REGION : NONE;
    }

    private void serve(HttpServerRequest request, String route, String path, Caller caller) {
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        switch (route) {
            case INVALIDATIONS -> {
                if (isAllowed(request, HttpMethod.POST)) {
                    invalidations.handle(request, caller);
                }
            }
            case REGIONS -> {
                if (isAllowed(request, HttpMethod.GET)) {
                    regions.list(request, caller);
                }
            }
            case REGION -> {
                if (isAllowed(request, HttpMethod.GET)) {
                    regions.one(request, path.substring(REGIONS.length() + 1), caller);
                }
            }
            default -> Responses.refuse(request, Problem.noSuchPath());
        }
    }

    /** Returns the path as it arrived, without a slash at its end; empty if the target has none, as that of a CONNECT. */
    private static String pathOf(HttpServerRequest request) {
        String path = request.path();
        if (path == null) {
            return "";
        }
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static boolean isAllowed(HttpServerRequest request, HttpMethod allowed) {
        if (request.method().equals(allowed)) {
            return true;
        }
        Responses.refuseMethod(request, allowed);
        return false;
    }
}
