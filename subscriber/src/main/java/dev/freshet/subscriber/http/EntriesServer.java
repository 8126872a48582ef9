package dev.freshet.subscriber.http;

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

/** The data port: one listener on each event loop, all at the same port. */
public final class EntriesServer {

    /** A key of 512 bytes takes three characters a byte, and the rest of the path fewer than a hundred. */
    private static final int MAX_REQUEST_LINE_BYTES = 4096;

    /** Room for the most tags that an entry may have, if they are not all as long as they may be. */
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

    /** Starts to listen. */
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
                        "http.port " + settings.port() + " cannot be listened at: " + fault.getMessage(), fault)));
    }

    /** The port that it listens at. */
    public int port() {
        return port;
    }

    /** How many reads wait for the position that they asked for. */
    public int waitingReads() {
        return entries.waitingReads();
    }

    /** Stops listening, and lets requests in flight finish until the timeout. */
    public Future<Void> stop(Duration timeout) {
        drainTimeout = timeout;
        String id = deployment;
        return id == null ? Future.succeededFuture() : vertx.undeploy(id);
    }

    private HttpServerOptions options() {
        return new HttpServerOptions()
                .setHost(settings.host())
                // Vert.x takes -1 for "any port, but the same one for all instances of this deployment".
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
            problem = Problem.of(414, "path-too-long", "The request line is longer than any key allows.");
        } else if (cause instanceof TooLongHttpHeaderException) {
            problem = Problem.of(
                    431, "headers-too-large", "The headers are larger than " + MAX_HEADER_BYTES + " bytes together.");
        } else {
            problem = Problem.of(400, "malformed-request", "The request is not well-formed HTTP.");
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
