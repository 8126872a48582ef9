package dev.freshet.subscriber.http;

import dev.freshet.service.http.BodyDrain;
import dev.freshet.service.http.Problem;
import dev.freshet.service.http.RequestMemory;
import dev.freshet.service.port.CurrentRequest;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Collects the body of one request. Answers 413 as soon as the body is known to be too large: by {@code Content-Length} before it
 * is read, else while it arrives. Answers 503 if the bodies of all requests leave no memory for it. To be used on the request's
 * event loop.
 *
 * <p>After a refusal, up to {@value #DRAIN_MAX_BYTES} bytes that the client still sends are read and dropped by {@link BodyDrain}.
 */
final class BodyReader {

    private static final long DRAIN_MAX_BYTES = 64L << 20;

    /** What is allocated before a byte has arrived: a client may announce a body and never send it. */
    private static final int MAX_INITIAL_BYTES = 16 << 10;

    private final HttpServerRequest request;
    private final BodyMemory memory;
    private final RequestMemory.Share share;
    private final int maximumBytes;
    private final Supplier<Problem> whenTooLarge;

    /** Null: the body was refused, or has been passed on. */
    private @Nullable Buffer body = Buffer.buffer();

    private BodyReader(HttpServerRequest request, BodyMemory memory, int maximumBytes, Supplier<Problem> whenTooLarge) {
        this.request = request;
        this.memory = memory;
        this.share = memory.open();
        this.maximumBytes = maximumBytes;
        this.whenTooLarge = whenTooLarge;
    }

    /**
     * Passes the whole body to the handler, unless it is refused. To be called while the request's head is handled.
     *
     * @param then must not keep the buffer: its memory counts as free when this returns
     * @param whenTooLarge is called once if the body is too large, and returns the answer
     */
    static void read(
            HttpServerRequest request,
            BodyMemory memory,
            int maximumBytes,
            Handler<Buffer> then,
            Supplier<Problem> whenTooLarge) {
        BodyReader reader = new BodyReader(request, memory, maximumBytes, whenTooLarge);
        long announced = announcedBytes(request);
        if (announced > maximumBytes) {
            reader.refuse(whenTooLarge);
            if (announced > DRAIN_MAX_BYTES) {
                request.connection().close();
            }
            return;
        }
        if (announced > 0) {
            reader.body = Buffer.buffer((int) Math.min(announced, MAX_INITIAL_BYTES));
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        request.handler(reader::add);
        request.endHandler(end -> reader.pass(then));
        request.exceptionHandler(disconnected -> reader.drop());
        CurrentRequest.whenRefused(problem -> reader.drop());
    }

    private void add(Buffer chunk) {
        Buffer collected = body;
        if (collected == null) {
            return;
        }
        if (collected.length() + chunk.length() > maximumBytes) {
            refuse(whenTooLarge);
        } else if (share.tryTake(chunk.length())) {
            collected.appendBuffer(chunk);
        } else {
            refuse(memory::refuse);
        }
    }

    private void pass(Handler<Buffer> then) {
        Buffer whole = body;
        if (whole == null) {
            return;
        }
        try {
            then.handle(whole);
        } finally {
            drop();
        }
    }

    private void drop() {
        body = null;
        share.close();
    }

    private void refuse(Supplier<Problem> why) {
        drop(); // First: the region is told of a value that is too large, and may throw.
        why.get().send(request.response());
        BodyDrain.discard(request, DRAIN_MAX_BYTES);
    }

    private static long announcedBytes(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // Netty has already refused a length that is not a number.
        return length == null ? -1 : Long.parseLong(length);
    }
}
