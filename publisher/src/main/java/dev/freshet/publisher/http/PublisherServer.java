package dev.freshet.publisher.http;

import dev.freshet.publisher.configuration.HttpSettings;
import dev.freshet.service.DataPort;
import dev.freshet.service.HttpRequests;
import dev.freshet.service.Problem;
import dev.freshet.service.Units;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;

/** Takes requests at the data port, and passes each to the handler of its path. */
public final class PublisherServer {

    private final HttpSettings settings;
    private final InvalidationsHandler invalidations;
    private final RegionsHandler regions;
    private final HttpRequests requests;
    private final HttpLimits limits;

    public PublisherServer(
            HttpSettings settings,
            InvalidationsHandler invalidations,
            RegionsHandler regions,
            HttpRequests requests,
            HttpLimits limits) {
        this.settings = settings;
        this.invalidations = invalidations;
        this.regions = regions;
        this.requests = requests;
        this.limits = limits;
    }

    /** Starts to listen. The future fails if the port cannot be used. */
    public Future<DataPort> listen(Vertx vertx) {
        HttpServerOptions options = DataPort.options(settings.host(), settings.port(), settings.idleTimeout())
                .setHandle100ContinueAutomatically(true);
        return DataPort.listen(vertx, options, server -> server.connectionHandler(limits.connections()::opened)
                .requestHandler(router(vertx)));
    }

    private Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        route(router, HttpMethod.POST, "/v1/invalidations", invalidations);
        route(router, HttpMethod.GET, "/v1/regions", regions::list);
        route(router, HttpMethod.GET, "/v1/regions/:region", regions::one);
        router.route().handler(routing -> {
            requests.count("none", routing.response());
            Responses.refuse(routing.request(), Problem.noSuchPath());
        });
        router.errorHandler(400, routing -> Responses.refuse(routing.request(), malformedPath(routing)));
        router.errorHandler(500, routing -> {
            Throwable fault =
                    Objects.requireNonNullElseGet(routing.failure(), () -> new IllegalStateException("no cause"));
            Responses.refuse(routing.request(), Problems.of(fault));
        });
        return router;
    }

    private void route(Router router, HttpMethod method, String path, Handler<RoutingContext> handler) {
        router.route(method, path).handler(routing -> {
            requests.count(path, routing.response());
            handler.handle(routing);
        });
        router.route(path).handler(routing -> {
            requests.count(path, routing.response());
            Responses.refuseMethod(routing.request(), method);
        });
    }

    private static Problem malformedPath(RoutingContext routing) {
        return Problem.of(
                400,
                "invalid-request",
                "The path " + Units.quote(String.valueOf(routing.request().path()))
                        + " is not well-formed. Percent-encode it.");
    }
}
