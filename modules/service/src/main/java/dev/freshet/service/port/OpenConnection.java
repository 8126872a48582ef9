package dev.freshet.service.port;

import dev.freshet.service.http.Problem;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One connection of an HTTP port, and what it does now. Its event loop changes it; other threads may read it. */
public final class OpenConnection {

    private final HttpConnection connection;
    private volatile @Nullable HttpServerRequest request;
    private volatile long sinceNanos;
    private boolean wasBusy;
    private boolean isEnding;
    private @Nullable String allowedHost;
    private @Nullable Consumer<Problem> whenRefused;

    OpenConnection(HttpConnection connection, long nowNanos) {
        this.connection = connection;
        this.sinceNanos = nowNanos;
    }

    HttpConnection connection() {
        return connection;
    }

    /** Notes that a request's head has arrived. */
    void begins(HttpServerRequest next, long nowNanos) {
        request = next;
        whenRefused = null;
        sinceNanos = nowNanos;
        wasBusy = true;
    }

    /** Notes that no further request may be answered: where it begins is uncertain. Event loop only. */
    void ends() {
        isEnding = true;
    }

    /** Event loop only. */
    boolean isEnding() {
        return isEnding;
    }

    /** Returns the last name that requests may be sent to. Event loop only. */
    @Nullable
    String allowedHost() {
        return allowedHost;
    }

    void allowHost(String host) {
        allowedHost = host;
    }

    void restartDeadline(HttpServerRequest of) {
        if (request == of) {
            sinceNanos = System.nanoTime();
        }
    }

    /** Sets what hears of the port's answer to this request, if the port answers instead of the application. Event loop only. */
    void whenRefused(HttpServerRequest of, Consumer<Problem> handler) {
        if (request == of) {
            whenRefused = handler;
        }
    }

    /** Tells the application that the port has answered this request. Event loop only. */
    void refused(HttpServerRequest of, Problem problem) {
        Consumer<Problem> handler = whenRefused;
        if (request == of && handler != null) {
            whenRefused = null;
            handler.accept(problem);
        }
    }

    /** Returns the request that has no whole answer yet, or null. */
    @Nullable
    HttpServerRequest unanswered() {
        HttpServerRequest current = request;
        return current == null || current.response().ended() ? null : current;
    }

    /** Returns whether the connection never had a request. */
    boolean isFresh() {
        return request == null;
    }

    /** Returns whether nothing is in progress: no head has arrived since the last answer. */
    boolean isIdle() {
        HttpServerRequest current = request;
        return current == null || (current.response().ended() && current.isEnded());
    }

    /** Returns whether the body of the current request is incomplete. */
    boolean awaitsBody() {
        HttpServerRequest current = request;
        return current != null && !current.isEnded();
    }

    /**
     * Returns for how long the client has sent no whole head, or no whole body. Answers given since the last call count as given
     * now. Event loop only.
     */
    long silentNanos(long nowNanos) {
        if (wasBusy && isIdle()) {
            wasBusy = false;
            sinceNanos = nowNanos;
        }
        return nowNanos - sinceNanos;
    }

    long sinceNanos() {
        return sinceNanos;
    }
}
