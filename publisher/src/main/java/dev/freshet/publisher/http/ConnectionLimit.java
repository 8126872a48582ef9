package dev.freshet.publisher.http;

import io.vertx.core.http.HttpConnection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds how many connections the data port has, over all its event loops: each holds memory before it has sent a byte of a
 * request. One too many is closed at once. Safe to use from any thread.
 */
final class ConnectionLimit {

    private final int maximum;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();

    ConnectionLimit(int maximum) {
        this.maximum = maximum;
    }

    /** Takes a connection in, or closes it. */
    void opened(HttpConnection connection) {
        if (open.incrementAndGet() > maximum) {
            open.decrementAndGet();
            refused.incrementAndGet();
            connection.close();
        } else {
            connection.closeHandler(closed -> open.decrementAndGet());
        }
    }

    int count() {
        return open.get();
    }

    long refused() {
        return refused.get();
    }
}
