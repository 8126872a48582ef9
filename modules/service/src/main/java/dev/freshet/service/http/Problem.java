package dev.freshet.service.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An error answer: {@code application/problem+json}, RFC 9457. Immutable.
 *
 * @param status HTTP status, 400 to 599
 * @param type the kind of problem, in lower case with hyphens; clients may rely on it. The answer holds it as {@code
 *     urn:problem-type:freshet:<type>}
 * @param detail what went wrong this time, with which value, and what to do; one or more sentences
 * @param faults the fields of the request that are wrong; empty if the problem is not about fields
 * @param extensions further members of the answer; values as {@link JsonObject} takes them
 */
public record Problem(int status, String type, String detail, List<FieldFault> faults, Map<String, Object> extensions) {

    /** The media type of the answer. */
    public static final String CONTENT_TYPE = "application/problem+json";

    private static final String TYPE_PREFIX = "urn:problem-type:freshet:";
    private static final String RETRY_AFTER = "retryAfterSeconds";

    /**
     * One wrong field of a request.
     *
     * @param field the field, as in {@code keys[3]}
     * @param fault a clause that follows the field's name: "must not be empty"
     */
    public record FieldFault(String field, String fault) {
        public FieldFault {
            Objects.requireNonNull(field);
            Objects.requireNonNull(fault);
        }
    }

    public Problem {
        faults = List.copyOf(faults);
        extensions = Map.copyOf(extensions);
    }

    /** Returns a problem without faults and further members. */
    public static Problem of(int status, String type, String detail) {
        return new Problem(status, type, detail, List.of(), Map.of());
    }

    /** Returns a 400 that names every wrong field of the request. */
    public static Problem invalid(List<FieldFault> faults) {
        String detail = faults.size() == 1
                ? faults.get(0).field() + " " + faults.get(0).fault()
                : faults.size() + " things are wrong with the request";
        return new Problem(400, "invalid-request", detail, faults, Map.of());
    }

    /** Returns a 400 that names one wrong field of the request. */
    public static Problem invalid(String field, String fault) {
        return invalid(List.of(new FieldFault(field, fault)));
    }

    /** Returns a 404 for a path that does not exist. */
    public static Problem noSuchPath() {
        return of(404, "no-such-path", "This path does not exist.");
    }

    /**
     * Answers 405, with the header {@code Allow}. To be called on the request's event loop.
     *
     * @param allowed the methods that the path takes, as in {@code GET, HEAD}
     */
    public static Future<Void> sendMethodNotAllowed(HttpServerRequest request, String allowed) {
        request.response().putHeader(HttpHeaders.ALLOW, allowed);
        return of(405, "method-not-allowed", "This path takes " + allowed + ", not " + request.method() + ".")
                .send(request.response());
    }

    /** Returns the answer to a request that a fault of this process ended. The log says which. */
    public static Problem internal() {
        return of(500, "internal", "The request failed unexpectedly; the log of this process says why.");
    }

    /** Returns a copy of this problem with one more fault. */
    public Problem withFault(String field, String fault) {
        List<FieldFault> more = new ArrayList<>(faults);
        more.add(new FieldFault(field, fault));
        return new Problem(status, type, detail, more, extensions);
    }

    /** Returns a copy of this problem with a further member. */
    public Problem with(String member, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(extensions);
        more.put(member, value);
        return new Problem(status, type, detail, faults, more);
    }

    /** Returns a copy of this problem that says when to repeat the request, in the body and as the header {@code Retry-After}. */
    public Problem withRetryAfter(Duration delay) {
        return with(RETRY_AFTER, Math.max(1, delay.plusMillis(999).toSeconds()));
    }

    /** Returns the answer's body. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("type", TYPE_PREFIX + type)
                .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
                .put("status", status)
                .put("detail", detail);
        if (!faults.isEmpty()) {
            JsonArray list = new JsonArray();
            faults.forEach(fault ->
                    list.add(new JsonObject().put("field", fault.field()).put("fault", fault.fault())));
            json.put("faults", list);
        }
        extensions.forEach(json::put);
        return json;
    }

    /** Sends the answer, with the headers that the response has already. To be called on the request's event loop. */
    public Future<Void> send(HttpServerResponse response) {
        Object retryAfter = extensions.get(RETRY_AFTER);
        if (retryAfter != null) {
            response.putHeader(HttpHeaders.RETRY_AFTER, retryAfter.toString());
        }
        return response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE)
                .end(toJson().toBuffer());
    }
}
