package dev.freshet.publisher.http;

import dev.freshet.service.http.RequestMemory;
import dev.freshet.service.port.CurrentRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/** Collects the body of a request that holds one JSON object. */
public final class ObjectBody {

    private ObjectBody() {}

    /**
     * Collects the body. To be called while the request's head is handled.
     *
     * @return the bytes; fails with a {@link ProblemException} if the body is too large, memory for requests has run out, or the
     *     port has refused the request
     */
    public static Future<byte[]> read(HttpServerRequest request, int maximumBytes, RequestMemory.Share share) {
        Promise<byte[]> promise = Promise.promise();
        Buffer body = Buffer.buffer();
        request.handler(chunk -> {
            if (body.length() + chunk.length() > maximumBytes) {
                promise.tryFail(new ProblemException(Problems.bodyTooLarge(maximumBytes)));
            } else if (!share.tryTake(chunk.length())) {
                promise.tryFail(new ProblemException(Problems.noRequestMemory(share.maximumBytes())));
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.endHandler(ended -> promise.tryComplete(body.getBytes()));
        request.exceptionHandler(promise::tryFail);
        CurrentRequest.whenRefused(problem -> promise.tryFail(new ProblemException(problem)));
        return promise.future();
    }
}
