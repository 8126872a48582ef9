package dev.freshet.publisher.http;

import dev.freshet.service.Problem;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/** Reads the body of a request that holds one JSON object, as far as it is not too large. */
final class ObjectBody {

    private ObjectBody() {}

    /**
     * Reads it.
     *
     * @return the bytes, or fails with a {@link ProblemException}
     */
    static Future<byte[]> read(HttpServerRequest request, int maximumBytes, RequestMemory.Share share) {
        Promise<byte[]> promise = Promise.promise();
        Buffer body = Buffer.buffer();
        request.handler(chunk -> {
            if (body.length() + chunk.length() > maximumBytes) {
                promise.tryFail(new ProblemException(tooLarge(maximumBytes)));
            } else if (!share.tryTake(chunk.length())) {
                promise.tryFail(new ProblemException(Responses.tooMuchUnderWay()));
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.endHandler(ended -> promise.tryComplete(body.getBytes()));
        request.exceptionHandler(promise::tryFail);
        return promise.future();
    }

    private static Problem tooLarge(int maximumBytes) {
        return Problem.of(
                413,
                "too-large",
                "The body must be at most " + maximumBytes
                        + " bytes (http.maximum-body). Send several objects, or a stream of them as "
                        + InvalidationsHandler.NDJSON + ".");
    }
}
