package dev.freshet.service.port;

import dev.freshet.schema.TraceContext;
import dev.freshet.service.http.Problem;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.VertxBootstrap;
import io.vertx.core.spi.VertxServiceProvider;
import io.vertx.core.spi.context.storage.AccessMode;
import io.vertx.core.spi.context.storage.ContextLocal;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which request a Vert.x context works for. Each request has a context of its own, in which all its handlers, timers
 * and futures run.
 *
 * <p>Vert.x creates this class through its service file, so that the place in the contexts exists before the first of them.
 */
public final class CurrentRequest implements VertxServiceProvider {

    private static final ContextLocal<Current> CURRENT = ContextLocal.registerLocal(Current.class);

    private record Current(HttpServerRequest request, OpenConnection connection) {}

    @Override
    public void init(VertxBootstrap builder) {
        // Loading the class has done it.
    }

    /** To be called on the request's context. */
    static void set(HttpServerRequest request, OpenConnection connection) {
        CURRENT.put(Vertx.currentContext(), AccessMode.CONCURRENT, new Current(request, connection));
    }

    /** Returns the request that the running handler works for; null if it works for none. */
    static @Nullable HttpServerRequest get() {
        Current current = current();
        return current == null ? null : current.request();
    }

    /** Returns the trace that the request which the running handler works for belongs to; null without a request or a valid trace. */
    static @Nullable String traceId() {
        HttpServerRequest request = get();
        TraceContext trace = request == null ? null : TraceContext.parse(request.getHeader("traceparent"));
        return trace == null ? null : trace.traceId();
    }

    /**
     * Lets the client have the whole request timeout again. To be called from a handler of a request, when the client has sent a
     * part that counts by itself, as a line of a stream, or when the application did not read for a while.
     */
    public static void restartDeadline() {
        Current current = current();
        if (current != null) {
            current.connection().restartDeadline(current.request());
        }
    }

    /**
     * Sets what runs if the port answers instead of the application, because the body came too slowly, was malformed, or a handler
     * threw. The request's own exception handler may not run then, for Vert.x calls it only while there is no answer. To be called
     * from a handler of the request; replaces what was set before. Runs at most once, on the request's event loop.
     *
     * @param handler gets the answer
     */
    public static void whenRefused(Consumer<Problem> handler) {
        Current current = current();
        if (current != null) {
            current.connection().whenRefused(current.request(), handler);
        }
    }

    /** Tells the application that the running handler's request was answered in its place. */
    static void refused(Problem problem) {
        Current current = current();
        if (current != null) {
            current.connection().refused(current.request(), problem);
        }
    }

    private static @Nullable Current current() {
        Context context = Vertx.currentContext();
        return context == null ? null : CURRENT.get(context, AccessMode.CONCURRENT);
    }
}
