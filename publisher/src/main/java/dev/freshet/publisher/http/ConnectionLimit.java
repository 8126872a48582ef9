package dev.freshet.publisher.http;

import io.vertx.core.http.HttpConnection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds how many connections the data port has over all event loops, because each holds memory before its first byte. A
 * connection above the bound is closed at once. Safe to use from any thread.
 */
final class ConnectionLimit {

    private final int maximum;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();

    ConnectionLimit(int maximum) {
        this.maximum = maximum;
    }

    /** Counts a new connection, or closes it if there are too many. */
    void opened(HttpConnection connection) {
        if (open.incrementAndGet() > maximum) {
            open.decrementAndGet();
            refused.incrementAndGet();
            connection.close();
        } else {
            connection.closeHandler(closed -> open.decrementAndGet());
        }
    }

    /** Returns how many connections are open. */
    int count() {
        return open.get();
    }

    /** Returns how many connections were closed because there were too many. */
    long refused() {
        return refused.get();
    }
}
