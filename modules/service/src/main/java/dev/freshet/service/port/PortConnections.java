package dev.freshet.service.port;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.http.HttpConnection;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the connections of one port over all event loops. At the bound, a new connection takes the place of one that does
 * nothing, first of one that never sent a request; only if there is none, it is refused. So nobody can keep others out by
 * connecting and saying nothing. Safe to use from any thread.
 */
public final class PortConnections {

    /** How many connections are looked at to find one that is idle. */
    private static final int MAX_LOOKED_AT = 128;

    /** A connection keeps its place for this long, so that a client that has just connected can send its request. */
    private static final long MIN_STAY_NANOS = 200_000_000L;

    /** Why a connection was closed. */
    enum Closed {
        /** There were too many, and all others were busy. */
        REFUSED,
        /** It was idle, and a new one needed its place. */
        REPLACED,
        /** No whole request head came in time. */
        IDLE,
        /** No whole request came in time. */
        SLOW,
        /** TLS was not agreed on: another protocol or version, no certificate that is trusted, or too slow. */
        HANDSHAKE
    }

    private final int maximum;
    private final Map<HttpConnection, OpenConnection> open = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final Queue<OpenConnection> fresh = new ConcurrentLinkedQueue<>();
    private final AtomicInteger freshCount = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();
    private final Map<Closed, Counter> counters = new ConcurrentHashMap<>();

    PortConnections(String port, int maximum, MeterRegistry metrics) {
        this.maximum = maximum;
        for (Closed reason : Closed.values()) {
            counters.put(
                    reason,
                    Counter.builder("freshet.http.connections.closed")
                            .description(
                                    "Connections that this process closed because of what their clients did or did not do")
                            .tag("port", port)
                            .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                            .register(metrics));
        }
    }

    /** Admits a new connection; null if it was refused and closed. */
    @Nullable
    OpenConnection admit(HttpConnection connection) {
        if (count.incrementAndGet() > maximum && !replaceOne()) {
            count.decrementAndGet();
            refused.incrementAndGet();
            close(connection, Closed.REFUSED);
            return null;
        }
        OpenConnection opened = new OpenConnection(connection, System.nanoTime());
        open.put(connection, opened);
        fresh.add(opened);
        if (freshCount.incrementAndGet() > 2 * maximum) {
            dropStale();
        }
        connection.closeHandler(closed -> leave(connection));
        return opened;
    }

    private void leave(HttpConnection connection) {
        if (open.remove(connection) != null) {
            count.decrementAndGet();
        }
    }

    private boolean replaceOne() {
        OpenConnection victim = oldestFresh();
        if (victim == null) {
            victim = idleOne();
        }
        if (victim == null) {
            return false;
        }
        leave(victim.connection());
        close(victim.connection(), Closed.REPLACED);
        return true;
    }

    private @Nullable OpenConnection oldestFresh() {
        for (OpenConnection next = fresh.peek(); next != null; next = fresh.peek()) {
            boolean isFresh = next.isFresh() && isOpen(next);
            if (isFresh && !mayGo(next)) {
                return null; // Those behind it are younger.
            }
            if (fresh.remove(next)) {
                freshCount.decrementAndGet();
                if (isFresh) {
                    return next;
                }
            }
        }
        return null;
    }

    private @Nullable OpenConnection idleOne() {
        OpenConnection found = null;
        int lookedAt = 0;
        for (Iterator<OpenConnection> all = open.values().iterator();
                all.hasNext() && lookedAt < MAX_LOOKED_AT;
                lookedAt++) {
            OpenConnection one = all.next();
            if (one.isIdle() && mayGo(one) && (found == null || one.sinceNanos() - found.sinceNanos() < 0)) {
                found = one;
            }
        }
        return found;
    }

    private static boolean mayGo(OpenConnection one) {
        return System.nanoTime() - one.sinceNanos() > MIN_STAY_NANOS;
    }

    /** Forgets those that are no longer fresh, so that the queue is bounded. */
    private void dropStale() {
        fresh.removeIf(one -> {
            boolean isStale = !one.isFresh() || !open.containsKey(one.connection());
            if (isStale) {
                freshCount.decrementAndGet();
            }
            return isStale;
        });
    }

    boolean isOpen(OpenConnection one) {
        return open.containsKey(one.connection());
    }

    void countSlow() {
        count(Closed.SLOW);
    }

    void countHandshake() {
        count(Closed.HANDSHAKE);
    }

    void close(HttpConnection connection, Closed reason) {
        count(reason);
        connection.close();
    }

    private void count(Closed reason) {
        Counter counter = counters.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    /** Returns how many connections are open. */
    int count() {
        return count.get();
    }

    /** Returns how many connections were refused. */
    long refused() {
        return refused.get();
    }
}
