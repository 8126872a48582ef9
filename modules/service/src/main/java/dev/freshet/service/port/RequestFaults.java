package dev.freshet.service.port;

import dev.freshet.service.http.BodyDrain;
import dev.freshet.service.http.Problem;
import dev.freshet.service.log.FatalErrors;
import dev.freshet.service.log.TraceOfLine;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fails a request whose handler throws, at once: without it, Vert.x would log the exception, and the client would wait for an
 * answer that nobody sends. The log gets the exception, the client does not.
 */
public final class RequestFaults {

    private static final Logger log = LoggerFactory.getLogger(RequestFaults.class);
    private static final long LOG_INTERVAL_NANOS = 1_000_000_000L;
    private static final AtomicLong nextLogNanos = new AtomicLong(System.nanoTime());
    private static final AtomicLong leftOut = new AtomicLong();

    private RequestFaults() {}

    /** Makes exceptions in handlers of this instance fail their requests, and what is logged for a request name its trace. */
    static void watch(Vertx vertx) {
        TraceOfLine.from(CurrentRequest::traceId);
        vertx.exceptionHandler(RequestFaults::fail);
    }

    private static void fail(Throwable fault) {
        FatalErrors.check(fault);
        HttpServerRequest request = CurrentRequest.get();
        report(request == null ? "a task failed unexpectedly" : "a request failed unexpectedly", fault);
        if (request != null
                && !request.response().ended()
                && !request.response().closed()) {
            answer(request, request.response());
        }
    }

    private static void answer(HttpServerRequest request, HttpServerResponse response) {
        if (response.headWritten()) {
            // Nobody may take the part that was sent for the whole answer.
            request.connection().close();
            return;
        }
        Problem problem = Problem.internal();
        problem.send(response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE));
        CurrentRequest.refused(problem);
        BodyDrain.discard(request, BodyDrain.MAX_BYTES);
    }

    /** Logs one fault a second at most: whoever finds a request that fails may send it often. */
    private static void report(String message, Throwable fault) {
        long now = System.nanoTime();
        long next = nextLogNanos.get();
        if (now - next < 0 || !nextLogNanos.compareAndSet(next, now + LOG_INTERVAL_NANOS)) {
            leftOut.incrementAndGet();
            return;
        }
        long before = leftOut.getAndSet(0);
        log.error("{}{}", message, before == 0 ? "" : " (and " + before + " more since the last such line)", fault);
    }
}
