package dev.freshet.subscriber.http;

import dev.freshet.schema.Limits;
import dev.freshet.service.Problem;
import dev.freshet.subscriber.configuration.HttpSettings;
import dev.freshet.subscriber.region.Regions;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The data port: one listener on each event loop, all at one port. */
public final class EntriesServer {

    /** A key of 512 bytes takes three characters a byte; the rest of the path takes fewer than a hundred. */
    private static final int MAX_REQUEST_LINE_BYTES = 4096;

    /** Holds the maximum number of tags of an entry, unless most of them have the maximum length. */
    private static final int MAX_HEADER_BYTES = 64 * 1024;

    private final Vertx vertx;
    private final HttpSettings settings;
    private final EntryHandler entries;
    private final RegionsHandler handler;
    private volatile int port;
    private volatile Duration drainTimeout = Duration.ZERO;
    private volatile @Nullable String deployment;

    private EntriesServer(Vertx vertx, HttpSettings settings, Regions regions) {
        this.vertx = vertx;
        this.settings = settings;
        this.entries = new EntryHandler(settings, Clock.systemUTC());
        this.handler = new RegionsHandler(regions, entries);
    }

    /** Starts to listen. The future fails if the port cannot be used. */
    public static Future<EntriesServer> start(Vertx vertx, HttpSettings settings, Regions regions) {
        EntriesServer server = new EntriesServer(vertx, settings, regions);
        DeploymentOptions onEachEventLoop =
                new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
        return vertx.deployVerticle(() -> server.new Listener(), onEachEventLoop)
                .map(deployment -> {
                    server.deployment = deployment;
                    return server;
                })
                .recover(fault -> Future.failedFuture(new IllegalStateException(
                        "cannot listen at port " + settings.port() + " (http.port): " + fault.getMessage()
                                + ". Free the port, or set another.",
                        fault)));
    }

    /** Returns the port that the server listens at. */
    public int port() {
        return port;
    }

    /** Returns how many reads with {@code Min-Position} wait for their position. */
    public int waitingReads() {
        return entries.waitingReads();
    }

    /** Stops listening. Requests in flight may finish until the timeout. */
    public Future<Void> stop(Duration timeout) {
        drainTimeout = timeout;
        String id = deployment;
        return id == null ? Future.succeededFuture() : vertx.undeploy(id);
    }

    private HttpServerOptions options() {
        return new HttpServerOptions()
                .setHost(settings.host())
                // To Vert.x, -1 means any port, shared by all instances of this deployment.
                .setPort(settings.port() == 0 ? -1 : settings.port())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout(Math.toIntExact(settings.idleTimeout().toMillis()))
                .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setHttp2ClearTextEnabled(false);
    }

    private static void refuse(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        Problem problem;
        if (cause instanceof TooLongHttpLineException) {
            problem = Problem.of(
                    414,
                    "path-too-long",
                    "The request line has more than " + MAX_REQUEST_LINE_BYTES
                            + " bytes. Shorten the key: it has at most " + Limits.MAX_NAME_BYTES + " bytes.");
        } else if (cause instanceof TooLongHttpHeaderException) {
            problem = Problem.of(
                    431,
                    "headers-too-large",
                    "The headers have more than " + MAX_HEADER_BYTES + " bytes together. Send fewer or shorter tags.");
        } else {
            problem = Problem.of(400, "malformed-request", "The request is not well-formed HTTP/1.1.");
        }
        problem.send(request.response()).onComplete(sent -> request.connection().close());
    }

    private final class Listener extends VerticleBase {

        private @Nullable HttpServer server;

        @Override
        public Future<?> start() {
            HttpServer created = vertx.createHttpServer(options())
                    .requestHandler(handler)
                    .invalidRequestHandler(EntriesServer::refuse);
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
