package dev.freshet.publisher.http;

import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.service.HttpRequests;
import dev.freshet.service.Problem;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The data port; one instance an event loop, which share the port. */
public final class PublisherServer extends VerticleBase {

    private final PublisherSettings.Http settings;
    private final InvalidationsHandler invalidations;
    private final RegionsHandler regions;
    private final HttpRequests requests;
    private final HttpLimits limits;
    private @Nullable HttpServer server;

    public PublisherServer(
            PublisherSettings.Http settings,
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

    @Override
    public Future<?> start() {
        HttpServerOptions options = new HttpServerOptions()
                .setHandle100ContinueAutomatically(true)
                // HTTP/1.1 only: to tell HTTP/2 from it, connections that say nothing would go uncounted.
                .setHttp2ClearTextEnabled(false)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout(Math.toIntExact(settings.idleTimeout().toMillis()));
        server = vertx.createHttpServer(options)
                .connectionHandler(limits.connections()::opened)
                .requestHandler(router());
        // Vert.x shares a port that is negative among instances, and gives each instance its own for 0.
        return server.listen(settings.port() == 0 ? -1 : settings.port(), settings.host());
    }

    /** Lets what is in flight finish, then closes. */
    public Future<Void> shutdown(Duration timeout) {
        return server == null ? Future.succeededFuture() : server.shutdown(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The port that the server listens on; call it after the start. */
    public int port() {
        return server == null ? settings.port() : server.actualPort();
    }

    private Router router() {
        Router router = Router.router(vertx);
        route(router, HttpMethod.POST, "/v1/invalidations", invalidations);
        route(router, HttpMethod.GET, "/v1/regions", regions::list);
        route(router, HttpMethod.GET, "/v1/regions/:region", regions::one);
        router.route().handler(routing -> {
            requests.count("none", routing.response());
            refuse(routing, Problem.noSuchPath());
        });
        router.errorHandler(
                400, routing -> refuse(routing, Problem.of(400, "invalid-request", "The path is not well-formed.")));
        router.errorHandler(500, routing -> {
            Throwable fault = routing.failure();
            refuse(routing, Responses.problemOf(fault == null ? new IllegalStateException("no cause") : fault));
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
            routing.response().putHeader("Allow", method.name());
            refuse(routing, Problem.of(405, "method-not-allowed", "This path takes " + method.name() + " only."));
        });
    }

    private static void refuse(RoutingContext routing, Problem problem) {
        Responses.send(routing.response(), problem);
        BodyDrain.discard(routing.request());
    }
}
