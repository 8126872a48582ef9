package dev.freshet.subscriber.http;

import dev.freshet.service.BodyDrain;
import dev.freshet.service.Problem;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/**
 * Collects the body of one request. Answers 413 as soon as the body is known to be too large: by {@code Content-Length} before it
 * is read, else while it arrives. To be used on the request's event loop.
 *
 * <p>After a 413, up to {@value #DRAIN_MAX_BYTES} bytes that the client still sends are read and dropped by {@link BodyDrain}.
 */
final class BodyReader {

    private static final long DRAIN_MAX_BYTES = 64L << 20;

    private final HttpServerRequest request;
    private final int maximumBytes;
    private final Problem tooLarge;
    private final Runnable whenTooLarge;
    private Buffer body = Buffer.buffer();
    private boolean isRefused;

    private BodyReader(HttpServerRequest request, int maximumBytes, Problem tooLarge, Runnable whenTooLarge) {
        this.request = request;
        this.maximumBytes = maximumBytes;
        this.tooLarge = tooLarge;
        this.whenTooLarge = whenTooLarge;
    }

    /**
     * Passes the whole body to the handler, unless it is too large. To be called while the request's head is handled.
     *
     * @param tooLarge answers a body that is too large
     * @param whenTooLarge runs before that
     */
    static void read(
            HttpServerRequest request,
            int maximumBytes,
            Handler<Buffer> then,
            Problem tooLarge,
            Runnable whenTooLarge) {
        BodyReader reader = new BodyReader(request, maximumBytes, tooLarge, whenTooLarge);
        long announced = announcedBytes(request);
        if (announced > maximumBytes) {
            reader.refuse();
            if (announced > DRAIN_MAX_BYTES) {
                request.connection().close();
            }
            return;
        }
        if (announced > 0) {
            reader.body = Buffer.buffer((int) announced);
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
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
        if (body.length() + chunk.length() > maximumBytes) {
            refuse();
        } else {
            body.appendBuffer(chunk);
        }
    }

    private void refuse() {
        if (!isRefused) {
            whenTooLarge.run();
        }
        isRefused = true;
        body = Buffer.buffer();
        tooLarge.send(request.response());
        BodyDrain.discard(request, DRAIN_MAX_BYTES);
    }

    static Problem tooLarge(long maximumBytes) {
        return Problem.of(
                        413,
                        "too-large",
                        "The value is too large: this region keeps at most " + maximumBytes
                                + " bytes a value. Use it without storing it.")
                .with("limitBytes", maximumBytes);
    }

    private static long announcedBytes(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // Netty has already refused a length that is not a number.
        return length == null ? -1 : Long.parseLong(length);
    }
}
