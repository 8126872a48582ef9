package dev.freshet.publisher.http;

import dev.freshet.service.http.BodyDrain;
import dev.freshet.service.http.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/** Sends answers. To be used on the request's event loop. */
public final class Responses {

    /** If the client of a refused request sends more than this, its connection is closed. */
    private static final long MAX_DRAINED_BYTES = 16L << 20;

    private Responses() {}

    public static void send(HttpServerResponse response, JsonObject answer) {
        response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end(answer.toBuffer());
    }

    /** Sends a problem, unless the request is answered already or the client has disconnected. */
    public static void send(HttpServerResponse response, Problem problem) {
        if (!response.ended() && !response.closed()) {
            problem.send(response);
        }
    }

    /** Answers 405, and drops the rest of the body. */
    public static void refuseMethod(HttpServerRequest request, HttpMethod allowed) {
        Problem.sendMethodNotAllowed(request, allowed.name());
        BodyDrain.discard(request, MAX_DRAINED_BYTES);
    }

    /** Sends a problem, and drops the rest of the body. */
    public static void refuse(HttpServerRequest request, Problem problem) {
        send(request.response(), problem);
        BodyDrain.discard(request, MAX_DRAINED_BYTES);
    }
}
