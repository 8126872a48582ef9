package dev.freshet.subscriber.http;

import dev.freshet.service.Problem;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/**
 * Collects the body of one request, and answers 413 as soon as it is known to be too large: from {@code Content-Length}
 * before any of it is read, else while it streams in. Lives on the request's event loop.
 *
 * <p>What a client goes on sending after that is read and dropped, up to a bound, since most clients only look for the
 * answer when they have sent all; a connection closed at once would show them a reset instead of the 413.
 */
final class BodyReader {

    private static final long DRAIN_MAX_BYTES = 64L << 20;

    private final HttpServerRequest request;
    private final int maximumBytes;
    private Buffer body = Buffer.buffer();
    private boolean isRefused;
    private long drainedBytes;

    private BodyReader(HttpServerRequest request, int maximumBytes) {
        this.request = request;
        this.maximumBytes = maximumBytes;
    }

    /** Hands the whole body over, unless it is too large. Call it while the request's head is handled. */
    static void read(HttpServerRequest request, int maximumBytes, Handler<Buffer> then) {
        BodyReader reader = new BodyReader(request, maximumBytes);
        long announced = announcedBytes(request);
        if (announced > maximumBytes) {
            reader.refuse();
            if (announced > DRAIN_MAX_BYTES) {
                request.connection().close();
            }
        } else if (announced > 0) {
            reader.body = Buffer.buffer((int) announced);
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT)) && !reader.isRefused) {
            request.response().writeContinue();
        }
        request.handler(reader::add);
        request.endHandler(end -> {
            if (!reader.isRefused) {
                then.handle(reader.body);
            }
        });
    }

    private void add(Buffer chunk) {
        if (isRefused) {
            drainedBytes += chunk.length();
            if (drainedBytes > DRAIN_MAX_BYTES) {
                request.connection().close();
            }
        } else if (body.length() + chunk.length() > maximumBytes) {
            refuse();
        } else {
            body.appendBuffer(chunk);
        }
    }

    private void refuse() {
        isRefused = true;
        body = Buffer.buffer();
        tooLarge(maximumBytes).send(request.response());
    }

    static Problem tooLarge(long maximumBytes) {
        return Problem.of(
                        413,
                        "too-large",
                        "The value is larger than this region or this process keeps; the limit is " + maximumBytes
                                + " bytes.")
                .with("limitBytes", maximumBytes);
    }

    private static long announcedBytes(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // Netty has refused a length that is not a number by now.
        return length == null ? -1 : Long.parseLong(length);
    }
}
