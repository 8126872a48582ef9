package dev.freshet.subscriber.http;

import dev.freshet.schema.Limits;
import dev.freshet.service.DataPort;
import dev.freshet.service.Problem;
import dev.freshet.subscriber.configuration.HttpSettings;
import dev.freshet.subscriber.region.Regions;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import java.time.Duration;

/** Serves entries and reports of regions at the data port. */
public final class EntriesServer {

    /** A key of 512 bytes takes three characters a byte; the rest of the path takes fewer than a hundred. */
    private static final int MAX_REQUEST_LINE_BYTES = 4096;

    /** Holds the maximum number of tags of an entry, unless most of them have the maximum length. */
    private static final int MAX_HEADER_BYTES = 64 * 1024;

    private final DataPort port;
    private final EntryHandler entries;

    private EntriesServer(DataPort port, EntryHandler entries) {
        this.port = port;
        this.entries = entries;
    }

    /** Starts to listen. The future fails if the port cannot be used. */
    public static Future<EntriesServer> start(Vertx vertx, HttpSettings settings, Regions regions) {
        EntryHandler entries = new EntryHandler(settings, Clock.systemUTC());
        RegionsHandler handler = new RegionsHandler(regions, entries);
        return DataPort.listen(vertx, options(settings), server -> server.requestHandler(handler)
                        .invalidRequestHandler(EntriesServer::refuse))
                .map(port -> new EntriesServer(port, entries));
    }

    /** Returns the port that the server listens at. */
    public int port() {
        return port.number();
    }

    /** Returns how many reads with {@code Min-Position} wait for their position. */
    public int waitingReads() {
        return entries.waitingReads();
    }

    /** Stops listening. Requests in flight may finish until the timeout. */
    public Future<Void> stop(Duration timeout) {
        return port.stop(timeout);
    }

    private static HttpServerOptions options(HttpSettings settings) {
        return DataPort.options(settings.host(), settings.port(), settings.idleTimeout())
                .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES);
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
}
