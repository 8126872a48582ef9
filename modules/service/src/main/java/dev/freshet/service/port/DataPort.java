package dev.freshet.service.port;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A port at which an application takes requests: one listener on each event loop, all at the same port. Safe to use from any
 * thread.
 */
public final class DataPort {

    private final Vertx vertx;
    private final String section;
    private final PortSettings settings;
    private final PortConnections connections;
    private final BooleanSupplier isDraining;
    private final @Nullable PortTls tls;
    private final Supplier<Handler<HttpServerRequest>> handlers;
    private final @Nullable SocketFile socket;
    private volatile SocketAddress address;
    private volatile int port;
    private volatile Duration drainTimeout = Duration.ZERO;
    private volatile @Nullable String deployment;

    private DataPort(
            Vertx vertx,
            String section,
            PortSettings settings,
            PortConnections connections,
            BooleanSupplier isDraining,
            @Nullable PortTls tls,
            Supplier<Handler<HttpServerRequest>> handlers) {
        this.vertx = vertx;
        this.section = section;
        this.settings = settings;
        this.connections = connections;
        this.isDraining = isDraining;
        this.tls = tls;
        this.handlers = handlers;
        SocketSettings unix = settings.socket();
        this.socket = unix == null ? null : new SocketFile(unix.path(), unix.mode());
        this.address = settings.port() == 0
                ? SocketAddress.sharedRandomPort(1, settings.host()) // the same one for all listeners
                : SocketAddress.inetSocketAddress(settings.port(), settings.host());
    }

    static Future<DataPort> listen(
            Vertx vertx,
            String section,
            PortSettings settings,
            PortConnections connections,
            BooleanSupplier isDraining,
            @Nullable PortTls tls,
            Supplier<Handler<HttpServerRequest>> handlers) {
        DataPort port = new DataPort(vertx, section, settings, connections, isDraining, tls, handlers);
        DeploymentOptions onEachEventLoop =
                new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
        return port.onSocket(SocketFile::prepare)
                .compose(prepared -> vertx.deployVerticle(() -> port.new Listener(), onEachEventLoop))
                .compose(deployment -> {
                    port.deployment = deployment;
                    return port.onSocket(file -> {
                        file.publish();
                        return null;
                    });
                })
                .map(listening -> port)
                .recover(fault ->
                        port.stop(Duration.ZERO).transform(stopped -> Future.failedFuture(port.cannotListen(fault))));
    }

    private interface OnSocket {
        @Nullable
        Path use(SocketFile file) throws IOException;
    }

    /** Does something with the file of the unix socket, if there is one, on a thread that may block. */
    private Future<Void> onSocket(OnSocket use) {
        SocketFile file = socket;
        if (file == null) {
            return Future.succeededFuture();
        }
        Callable<Void> task = () -> {
            Path bound = use.use(file);
            if (bound != null) {
                address = SocketAddress.domainSocketAddress(bound.toString());
            }
            return null;
        };
        return vertx.executeBlocking(task, false);
    }

    private IllegalStateException cannotListen(Throwable fault) {
        return socket == null
                ? cannotListen(settings.port(), section + ".port", fault)
                : new IllegalStateException(
                        "cannot listen at " + socket + " (" + section + ".socket): " + fault.getMessage()
                                + ". Stop who listens there, or set another path in a folder that can be written.",
                        fault);
    }

    /** Returns the options that all ports share: HTTP/1.1 only, no idle connections, heads of bounded size. */
    public static HttpServerOptions options(PortSettings settings) {
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
    public static IllegalStateException cannotListen(int port, String setting, Throwable fault) {
        return new IllegalStateException(
                "cannot listen at port " + Math.max(0, port) + " (" + setting + "): " + fault.getMessage()
                        + ". Free the port, or set another.",
                fault);
    }

    /** Returns where clients find the port, as in {@code port 8710}. */
    public String place() {
        return socket == null ? "port " + port : socket.toString();
    }

    /** Returns the port's number; 0: it is a unix socket. */
    public int number() {
        return port;
    }

    /** Stops listening. Requests in flight may finish until the timeout. */
    public Future<Void> stop(Duration timeout) {
        drainTimeout = timeout;
        String id = deployment;
        Future<Void> stopped = id == null ? Future.succeededFuture() : vertx.undeploy(id);
        return stopped.eventually(() -> onSocket(file -> {
            file.remove();
            return null;
        }));
    }

    private final class Listener extends VerticleBase {

        private @Nullable HttpServer server;

        @Override
        public Future<?> start() {
            HttpServer created = vertx.createHttpServer(options(settings));
            new PortGuard(vertx, settings, connections, isDraining, tls, handlers.get()).guard(created);
            server = created;
            return created.listen(address).onSuccess(listening -> port = Math.max(0, listening.actualPort()));
        }

        @Override
        public Future<?> stop() {
            return server == null
                    ? Future.succeededFuture()
                    : server.shutdown(drainTimeout.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
