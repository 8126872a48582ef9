package dev.freshet.bus.internal.follow;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.NodeSession;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnection;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/** A link's connection for commands. The control thread owns it; any thread may call {@link #use} and {@link #abort}. */
final class ControlConnection {

    /** Between two samples, the clock's error grows by some 30 µs. A sample at each heartbeat would be a third of its cost. */
    private static final Duration CLOCK_INTERVAL = Duration.ofSeconds(2);

    private final NodeSession session;
    private volatile @Nullable HostAndPort node;

    /** Counts the calls of {@link #use}, each of which asks for a fresh connection. */
    private final AtomicLong wanted = new AtomicLong();

    /** The call of {@link #use} that the connection was made for; the control thread's. */
    private long madeFor;

    ControlConnection(FollowContext context, RedisClock clock) {
        this.session = NodeSession.withClock(context.connector(), clock, context.time(), CLOCK_INTERVAL);
    }

    /**
     * Says which node to talk to from now on, over a fresh connection: an address may lead to another server by now, and the one
     * before may have become a replica. Any thread.
     */
    void use(HostAndPort master) {
        node = master;
        wanted.incrementAndGet();
    }

    /**
     * Returns the connection. Opens one if there is none, if it broke, or if a fresh one is asked for.
     *
     * @throws BusException if no node is known yet, or the server cannot be identified
     */
    RedisConnection open() {
        long now = wanted.get();
        HostAndPort master = node;
        if (master == null) {
            throw new BusException("no node is known");
        }
        RedisConnection current = session.usable();
        if (current != null && madeFor == now) {
            return current;
        }
        RedisConnection fresh = session.open(master);
        madeFor = now;
        return fresh;
    }

    /** Returns the connection if there is one, else null. It may be broken. */
    @Nullable
    RedisConnection ifOpen() {
        return session.isOpen() ? session.connection() : null;
    }

    /** The run_id of the server that {@link #open} connected to. */
    String runId() {
        return session.runId();
    }

    /** Compares clocks if the last comparison is old enough. */
    void sampleClockIfDue() {
        open();
        session.sampleClockIfDue();
    }

    /** Closes the connection. The next command opens another. */
    void drop() {
        session.close();
    }

    /** Wakes the control thread where it waits for an answer. Any thread. */
    void abort() {
        session.abort();
    }
}
