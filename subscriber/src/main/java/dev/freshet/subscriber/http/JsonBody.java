package dev.freshet.subscriber.http;

import dev.freshet.service.config.Units;
import dev.freshet.service.http.BodyDrain;
import dev.freshet.service.http.Faults;
import dev.freshet.service.http.MediaType;
import dev.freshet.service.http.Problem;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/** Collects the body of a request that is one JSON object. To be used on the request's event loop. */
final class JsonBody {

    /** Holds a thousand keys of the maximum length, also where each of their characters is escaped. */
    static final int MAX_BYTES = 4 << 20;

    private static final long DRAIN_MAX_BYTES = 16L << 20;

    private JsonBody() {}

    /**
     * Passes the body to the handler, or answers 400, 413, 415 or 503. To be called while the request's head is handled.
     *
     * @param faults those of the request's head
     */
    static void read(HttpServerRequest request, BodyMemory memory, Faults faults, Handler<byte[]> then) {
        Problem unsupported = unsupported(request);
        if (unsupported != null || !faults.isEmpty()) {
            (unsupported != null ? unsupported : faults.toProblem()).send(request.response());
            BodyDrain.discard(request, DRAIN_MAX_BYTES);
            return;
        }
        BodyReader.read(request, memory, MAX_BYTES, body -> then.handle(body.getBytes()), () -> Problem.of(
                        413, "too-large", "The body has more than " + MAX_BYTES + " bytes. Send several requests.")
                .with("limitBytes", MAX_BYTES));
    }

    private static @Nullable Problem unsupported(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        boolean isEncoded = encoding != null && !encoding.equalsIgnoreCase("identity");
        if (type != null && !isEncoded && MediaType.isUtf8(type, MediaType.JSON)) {
            return null;
        }
        String sent = type == null ? "no Content-Type" : "Content-Type " + Units.quote(type);
        String encoded = isEncoded ? " and Content-Encoding " + Units.quote(encoding) : "";
        return Problem.of(
                415,
                "unsupported-type",
                "The request has " + sent + encoded + ". Send one object with Content-Type: " + MediaType.JSON
                        + ", in UTF-8, without Content-Encoding.");
    }
}
