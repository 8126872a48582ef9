package dev.freshet.publisher.http;

import io.vertx.core.http.HttpServerRequest;

/**
 * Reads on after a request was refused before its end, so that the client, which may still be writing, gets to read the
 * answer; a connection that was simply closed would lose it. Not without end: whoever goes on for long is cut off.
 */
final class BodyDrain {

    private static final long MAX_BYTES = 16L << 20;

    private BodyDrain() {}

    static void discard(HttpServerRequest request) {
        if (request.isEnded()) {
            return;
        }
        long[] bytes = {0};
        request.exceptionHandler(gone -> {});
        request.endHandler(ended -> {});
        request.handler(chunk -> {
            bytes[0] += chunk.length();
            if (bytes[0] > MAX_BYTES) {
                request.connection().close();
            }
        });
        request.resume();
    }
}
