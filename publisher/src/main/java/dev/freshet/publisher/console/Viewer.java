package dev.freshet.publisher.console;

import dev.freshet.service.rights.Caller;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A browser that watches: the stream of events to it. The console's thread sends; at most one batch of events waits for the browser's event
 * loop.
 */
final class Viewer {

    /** A browser that reads nothing for so many looks is slow. */
    private static final int MAX_SKIPPED = 20;

    /** So many bytes may wait for a browser beyond what its socket takes. */
    static final int QUEUE_BYTES = 256 << 10;

    /** So often a browser hears that the stream lives, however long a look takes. It gives up one that says nothing for 10 s. */
    private static final long HEARTBEAT_MILLIS = 2_000;

    /** A comment, which is no event. */
    private static final Buffer HEARTBEAT = Buffer.buffer(":\n\n");

    private final Context context;
    private final HttpServerResponse response;
    private final Caller caller;
    private final @Nullable String region;
    private final long endsAtNanos;
    private final AtomicBoolean isSending = new AtomicBoolean();
    private final AtomicInteger skipped = new AtomicInteger();
    private final long heartbeats;
    private boolean hasBegun;

    /**
     * @param region which region it shows; null: the first
     * @param endsAtNanos when the stream ends, so that the browser shows its token anew
     */
    Viewer(Context context, HttpServerResponse response, Caller caller, @Nullable String region, long endsAtNanos) {
        this.context = context;
        this.response = response;
        this.caller = caller;
        this.region = region;
        this.endsAtNanos = endsAtNanos;
        this.heartbeats = context.owner().setPeriodic(HEARTBEAT_MILLIS, beat -> heartbeat());
    }

    /** Begins the answer. The event loop. */
    void greet() {
        response.write(HEARTBEAT);
    }

    private void heartbeat() {
        if (!response.ended() && !response.closed() && !response.writeQueueFull()) {
            response.write(HEARTBEAT);
        }
    }

    /** Nothing is sent from now on. */
    void gone() {
        context.owner().cancelTimer(heartbeats);
    }

    Caller caller() {
        return caller;
    }

    @Nullable
    String region() {
        return region;
    }

    boolean isOver(long nowNanos) {
        return nowNanos - endsAtNanos >= 0;
    }

    /** Returns whether this is the first batch that it gets. The console's thread. */
    boolean begins() {
        boolean isFirst = !hasBegun;
        hasBegun = true;
        return isFirst;
    }

    /** Writes an event. */
    static void event(Buffer batch, String name, JsonObject data) {
        batch.appendString("event: ").appendString(name).appendString("\ndata: ");
        batch.appendBuffer(data.toBuffer()).appendString("\n\n");
    }

    /** Returns whether it is so slow that it must go. */
    boolean isSlow() {
        return skipped.get() > MAX_SKIPPED;
    }

    /** Returns whether a batch can be sent now; counts if it cannot. */
    boolean isReady() {
        if (isSending.get() || response.writeQueueFull()) {
            skipped.incrementAndGet();
            return false;
        }
        skipped.set(0);
        return true;
    }

    /** Sends a batch. Returns at once. */
    void send(Buffer batch) {
        isSending.set(true);
        context.runOnContext(run -> {
            isSending.set(false);
            if (!response.ended() && !response.closed()) {
                response.write(batch);
            }
        });
    }

    /** Ends the stream; the browser connects again. */
    void end() {
        context.runOnContext(run -> {
            if (!response.ended() && !response.closed()) {
                response.end();
            }
        });
    }

    /** Closes its connection: what was written may never arrive. */
    void drop() {
        context.runOnContext(run -> response.reset());
    }
}
