package dev.freshet.service.port;

import dev.freshet.service.config.Units;
import dev.freshet.service.http.BodyDrain;
import dev.freshet.service.http.Problem;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.net.impl.VertxConnection;
import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the handler of a port, on one event loop. It bounds connections and the time that a client takes for a request's
 * head and body, refuses malformed HTTP, foreign hosts and browsers, makes faults of handlers fail their requests, and tells
 * clients of a process that stops to go elsewhere.
 */
public final class PortGuard {

    /** What Vert.x calls its decoder of requests. */
    private static final String DECODER = "httpDecoder";

    private static final long MIN_SWEEP_MILLIS = 20;
    private static final long MAX_SWEEP_MILLIS = 1_000;

    private final Vertx vertx;
    private final PortSettings settings;
    private final PortConnections connections;
    private final HostRule hosts;
    private final BooleanSupplier isDraining;
    private final @Nullable PortTls tls;
    private final Handler<HttpServerRequest> application;
    private final IdentityHashMap<HttpConnection, OpenConnection> mine = new IdentityHashMap<>();
    private final long idleNanos;
    private final long requestNanos;
    private final long sweepMillis;
    private boolean isSweeping;

    public PortGuard(
            Vertx vertx,
            PortSettings settings,
            PortConnections connections,
            BooleanSupplier isDraining,
            @Nullable PortTls tls,
            Handler<HttpServerRequest> application) {
        this.vertx = vertx;
        this.settings = settings;
        this.connections = connections;
        this.hosts = settings.hosts();
        this.isDraining = isDraining;
        this.tls = tls;
        this.application = application;
        this.idleNanos = settings.idleTimeout().toNanos();
        this.requestNanos = settings.requestTimeout().toNanos();
        this.sweepMillis = Math.max(
                MIN_SWEEP_MILLIS,
                Math.min(MAX_SWEEP_MILLIS, TimeUnit.NANOSECONDS.toMillis(Math.min(idleNanos, requestNanos) / 4)));
    }

    /** Sets the server's handlers. */
    public void guard(HttpServer server) {
        RequestFaults.watch(vertx);
        server.connectionHandler(this::connected)
                .requestHandler(this::handle)
                .invalidRequestHandler(this::refuseMalformed);
    }

    private void connected(HttpConnection connection) {
        OpenConnection opened = connections.admit(connection);
        if (opened == null) {
            return;
        }
        // The port's own close handler is set; this listener forgets the connection at its next sweep.
        mine.put(connection, opened);
        connection.exceptionHandler(fault -> failed(opened, fault));
        if (connection instanceof HttpServerConnection internal) {
            ChannelPipeline pipeline = internal.channelHandlerContext().pipeline();
            pipeline.replace(DECODER, DECODER, new UnfoldedRequestDecoder(DataPort.options(settings)));
            if (tls != null) {
                tls.secure(pipeline, connections::countHandshake);
            }
            internal.handler(this::handle); // Else Vert.x looks for WebSockets first, and answers some requests itself.
        }
        if (!isSweeping) {
            isSweeping = true;
            sweepLater();
        }
    }

    private void handle(HttpServerRequest request) {
        OpenConnection connection = mine.get(request.connection());
        if (connection == null || connection.isEnding()) {
            request.connection().close(); // It was refused, or a request before was malformed.
            return;
        }
        connection.begins(request, System.nanoTime());
        CurrentRequest.set(request, connection);
        if (isDraining.getAsBoolean()) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            request.connection().shutdown(settings.requestTimeout().toMillis(), TimeUnit.MILLISECONDS);
        }
        if (isAmbiguous(request)) {
            answerAndClose(connection, request, malformed());
            return;
        }
        Problem refusal = hosts.faultIn(request, connection);
        if (refusal == null) {
            application.handle(request);
        } else {
            refusal.send(request.response());
            BodyDrain.discard(request, BodyDrain.MAX_BYTES);
        }
    }

    /** Answers a head that the HTTP decoder refused. What follows it cannot be told from another request: the connection ends. */
    private void refuseMalformed(HttpServerRequest request) {
        OpenConnection connection = mine.get(request.connection());
        if (connection != null) {
            connection.begins(request, System.nanoTime());
        }
        Throwable cause = request.decoderResult().cause();
        Problem problem = cause instanceof TooLongHttpLineException
                ? Problem.of(
                        414,
                        "path-too-long",
                        "The request line has more than " + settings.maximumRequestLineBytes()
                                + " bytes. Shorten the path.")
                : cause instanceof TooLongHttpHeaderException
                        ? Problem.of(
                                431,
                                "headers-too-large",
                                "The headers have more than " + settings.maximumHeaderBytes()
                                        + " bytes together. Send fewer or shorter ones.")
                        : malformed();
        answerAndClose(connection, request, problem);
    }

    /** Answers a body whose framing is malformed. A client that went away hears nothing. */
    private static void failed(OpenConnection connection, Throwable fault) {
        HttpServerRequest request = connection.unanswered();
        boolean isGone =
                fault instanceof IOException || fault.getClass().getSimpleName().contains("Closed");
        if (request != null && !isGone && !request.response().headWritten()) {
            answerAndClose(connection, request, malformed());
            // Vert.x closes the connection when this method returns, and would drop what is not flushed.
            if (connection.connection() instanceof VertxConnection internal) {
                internal.flush();
            }
        }
    }

    /**
     * Returns whether another server may see another request in the same bytes, though the HTTP decoder let it pass: another
     * version, a coding that it ignores, a header without a name, or a second line of the header {@code Host}.
     */
    private static boolean isAmbiguous(HttpServerRequest request) {
        MultiMap headers = request.headers();
        String coding = headers.get(HttpHeaders.TRANSFER_ENCODING);
        String host = headers.get(HttpHeaders.HOST);
        return request.version() == null
                || (coding != null && !coding.equalsIgnoreCase("chunked"))
                || headers.contains("")
                || (host != null && host.indexOf(' ') >= 0);
    }

    private static Problem malformed() {
        return Problem.of(400, "malformed-request", "The request is not well-formed HTTP/1.1.");
    }

    private static void answerAndClose(
            @Nullable OpenConnection connection, HttpServerRequest request, Problem problem) {
        if (connection != null) {
            connection.ends();
        }
        problem.send(request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE))
                .onComplete(sent -> request.connection().close());
        if (connection != null) {
            connection.refused(request, problem);
        }
    }

    private void sweepLater() {
        vertx.setTimer(sweepMillis, passed -> sweep(System.nanoTime()));
    }

    /** Closes connections whose clients take too long. Does not run while there is no connection. */
    private void sweep(long nowNanos) {
        mine.values().removeIf(one -> !connections.isOpen(one));
        for (OpenConnection one : List.copyOf(mine.values())) {
            long silent = one.silentNanos(nowNanos);
            if (one.isIdle() && silent > idleNanos) {
                connections.close(one.connection(), PortConnections.Closed.IDLE);
            } else if (one.awaitsBody() && silent > requestNanos) {
                connections.countSlow();
                refuseSlow(one);
            }
        }
        isSweeping = !mine.isEmpty();
        if (isSweeping) {
            sweepLater();
        }
    }

    private void refuseSlow(OpenConnection slow) {
        @Nullable HttpServerRequest request = slow.unanswered();
        if (request == null || request.response().headWritten()) {
            slow.connection().close();
            return;
        }
        answerAndClose(
                slow,
                request,
                Problem.of(
                        408,
                        "too-slow",
                        "The request took longer than " + Units.format(settings.requestTimeout())
                                + " (request-timeout). Send it again, faster or in parts."));
    }
}
