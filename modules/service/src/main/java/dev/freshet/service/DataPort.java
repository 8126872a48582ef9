package dev.freshet.service;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The port at which an application takes requests: one listener on each event loop, all at the same port. Safe to use from any
 * thread.
 */
public final class DataPort {

    private final Vertx vertx;
    private final HttpServerOptions options;
    private final Consumer<HttpServer> handlers;
    private volatile int port;
    private volatile Duration drainTimeout = Duration.ZERO;
    private volatile @Nullable String deployment;

    private DataPort(Vertx vertx, HttpServerOptions options, Consumer<HttpServer> handlers) {
        this.vertx = vertx;
        this.options = options;
        this.handlers = handlers;
    }

    /**
     * Returns the options that all applications share: HTTP/1.1 only, no idle connections.
     *
     * @param port 0: any free port
     * @param idleTimeout after how long without a byte a connection is closed
     */
    public static HttpServerOptions options(String host, int port, Duration idleTimeout) {
        return new HttpServerOptions()
                .setHost(host)
                // To Vert.x, -1 means any port, shared by all instances of one deployment.
                .setPort(port == 0 ? -1 : port)
                // To tell HTTP/2 from HTTP/1.1, Vert.x reads first bytes; connections that send none would go
                // uncounted.
                .setHttp2ClearTextEnabled(false)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout(Math.toIntExact(idleTimeout.toMillis()));
    }

    /**
     * Starts to listen.
     *
     * @param options those of {@link #options}, with what the application adds
     * @param handlers sets the handlers of one listener; called on each event loop, before the listener listens
     * @return fails with an {@link IllegalStateException} that says what to do if the port cannot be used
     */
    public static Future<DataPort> listen(Vertx vertx, HttpServerOptions options, Consumer<HttpServer> handlers) {
        DataPort port = new DataPort(vertx, options, handlers);
        DeploymentOptions onEachEventLoop =
                new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
        return vertx.deployVerticle(() -> port.new Listener(), onEachEventLoop)
                .map(deployment -> {
                    port.deployment = deployment;
                    return port;
                })
                .recover(fault -> Future.failedFuture(cannotListen(options.getPort(), "http.port", fault)));
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
            HttpServer created = vertx.createHttpServer(options);
            handlers.accept(created);
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
