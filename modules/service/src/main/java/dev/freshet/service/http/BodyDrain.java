package dev.freshet.service.http;

import io.vertx.core.http.HttpServerRequest;

/**
 * Reads and drops the rest of a body after its request was refused. Most clients read the answer only after they have sent
 * everything; if the connection were closed at once, they would see a reset instead.
 */
public final class BodyDrain {

    /** What most callers drop at most. */
    public static final long MAX_BYTES = 16L << 20;

    private BodyDrain() {}

    /**
     * Reads and drops what the client still sends. Replaces the request's handlers. To be called on the request's event loop.
     *
     * @param maximumBytes if the client sends more than this, its connection is closed
     */
    public static void discard(HttpServerRequest request, long maximumBytes) {
        if (request.isEnded()) {
            return;
        }
        long[] bytes = {0};
        request.exceptionHandler(disconnected -> {});
        request.endHandler(ended -> {});
        request.handler(chunk -> {
            bytes[0] += chunk.length();
            if (bytes[0] > maximumBytes) {
                request.connection().close();
            }
        });
        request.resume();
    }
}
