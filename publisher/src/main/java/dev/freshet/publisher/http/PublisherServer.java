package dev.freshet.publisher.http;

import dev.freshet.publisher.configuration.HttpSettings;
import dev.freshet.service.ApiDocument;
import dev.freshet.service.DataPort;
import dev.freshet.service.HttpRequests;
import dev.freshet.service.Ports;
import dev.freshet.service.Problem;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;

/** Takes requests at the data port, and passes each to the handler of its path. */
public final class PublisherServer {

    private static final String INVALIDATIONS = "/v1/invalidations";
    private static final String REGIONS = "/v1/regions";
    private static final String REGION = "/v1/regions/:region";

    private final HttpSettings settings;
    private final InvalidationsHandler invalidations;
    private final RegionsHandler regions;
    private final HttpRequests requests;
    private final ApiDocument api = ApiDocument.beside(PublisherServer.class);

    public PublisherServer(
            HttpSettings settings, InvalidationsHandler invalidations, RegionsHandler regions, HttpRequests requests) {
        this.settings = settings;
        this.invalidations = invalidations;
        this.regions = regions;
        this.requests = requests;
    }

    /** Starts to listen. The future fails if the port cannot be used. */
    public Future<DataPort> listen(Ports ports) {
        return ports.listen(settings.port(), () -> this::route);
    }

    private void route(HttpServerRequest request) {
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        String path = pathOf(request);
        String raw = String.valueOf(request.path());
        if (api.has(raw)) {
            requests.count(raw, request.response());
            api.answer(request);
        } else if (path.equals(INVALIDATIONS)) {
            requests.count(INVALIDATIONS, request.response());
            if (isAllowed(request, HttpMethod.POST)) {
                invalidations.handle(request);
            }
        } else if (path.equals(REGIONS)) {
            requests.count(REGIONS, request.response());
            if (isAllowed(request, HttpMethod.GET)) {
                regions.list(request);
            }
        } else if (path.startsWith(REGIONS + "/") && path.indexOf('/', REGIONS.length() + 1) < 0) {
            requests.count(REGION, request.response());
            if (isAllowed(request, HttpMethod.GET)) {
                regions.one(request, path.substring(REGIONS.length() + 1));
            }
        } else {
            requests.count("none", request.response());
            Responses.refuse(request, Problem.noSuchPath());
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
