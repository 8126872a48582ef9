package dev.freshet.service;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The port at which an application takes requests: one listener on each event loop, all at the same port. Safe to use from any
 * thread.
 */
public final class DataPort {

    private final Vertx vertx;
    private final PortSettings settings;
    private final PortConnections connections;
    private final BooleanSupplier isDraining;
    private final @Nullable PortTls tls;
    private final Supplier<Handler<HttpServerRequest>> handlers;
    private volatile int port;
    private volatile Duration drainTimeout = Duration.ZERO;
    private volatile @Nullable String deployment;

    private DataPort(
            Vertx vertx,
            PortSettings settings,
            PortConnections connections,
            BooleanSupplier isDraining,
            @Nullable PortTls tls,
            Supplier<Handler<HttpServerRequest>> handlers) {
        this.vertx = vertx;
        this.settings = settings;
        this.connections = connections;
        this.isDraining = isDraining;
        this.tls = tls;
        this.handlers = handlers;
    }

    static Future<DataPort> listen(
            Vertx vertx,
            PortSettings settings,
            PortConnections connections,
            BooleanSupplier isDraining,
            @Nullable PortTls tls,
            Supplier<Handler<HttpServerRequest>> handlers) {
        DataPort port = new DataPort(vertx, settings, connections, isDraining, tls, handlers);
        DeploymentOptions onEachEventLoop =
                new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
        return vertx.deployVerticle(() -> port.new Listener(), onEachEventLoop)
                .map(deployment -> {
                    port.deployment = deployment;
                    return port;
                })
                .recover(fault -> Future.failedFuture(cannotListen(settings.port(), "http.port", fault)));
    }

    /** Returns the options that all ports share: HTTP/1.1 only, no idle connections, heads of bounded size. */
    static HttpServerOptions options(PortSettings settings) {
        return new HttpServerOptions()
                .setHost(settings.host())
                .setPort(settings.port())
                // HTTP/2 has no use here, and one connection of it holds any number of streams.
                .setHttp2ClearTextEnabled(false)
                .setMaxInitialLineLength(settings.maximumRequestLineBytes())
                .setMaxHeaderSize(settings.maximumHeaderBytes())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout(Math.toIntExact(settings.idleTimeout().toMillis()));
    }

    /** Returns the fault of a port that cannot be used. */
    static IllegalStateException cannotListen(int port, String setting, Throwable fault) {
        return new IllegalStateException(
                "cannot listen at port " + Math.max(0, port) + " (" + setting + "): " + fault.getMessage()
                        + ". Free the port, or set another.",
                fault);
    }

    /** Returns the port's number. */
    public int number() {
        return port;
    }

    /** Stops listening. Requests in flight may finish until the timeout. */
    public Future<Void> stop(Duration timeout) {
        drainTimeout = timeout;
        String id = deployment;
        return id == null ? Future.succeededFuture() : vertx.undeploy(id);
    }

    private final class Listener extends VerticleBase {

        private @Nullable HttpServer server;

        @Override
        public Future<?> start() {
            // To Vert.x, -1 means any port, shared by all servers that say so.
            HttpServer created =
                    vertx.createHttpServer(options(settings).setPort(settings.port() == 0 ? -1 : settings.port()));
            new PortGuard(vertx, settings, connections, isDraining, tls, handlers.get()).guard(created);
            server = created;
            return created.listen().onSuccess(listening -> port = listening.actualPort());
        }

        @Override
        public Future<?> stop() {
            return server == null
                    ? Future.succeededFuture()
                    : server.shutdown(drainTimeout.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
