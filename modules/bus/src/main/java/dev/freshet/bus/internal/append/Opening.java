package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.access.MisconfiguredException;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.thread.BusThread;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Opens a connection on a thread of its own, so that a node which does not answer holds up no other. At most one attempt is
 * under way; it ends in bounded time. The leader calls it.
 */
final class Opening {

    private enum State {
        /** No attempt was made, or its outcome was taken. */
        IDLE,
        UNDER_WAY,
        ENDED,
        /** A class or method is missing: no attempt can succeed. */
        BROKEN,
        CLOSED
    }

    private final RedisConnector connector;
    private final HostAndPort address;
    private State state = State.IDLE;
    private @Nullable RedisConnection connection;
    private @Nullable RuntimeException fault;

    Opening(RedisConnector connector, HostAndPort address) {
        this.connector = connector;
        this.address = address;
    }

    /** Whether an attempt is under way, or has an outcome that was not taken. */
    synchronized boolean isStarted() {
        return state == State.UNDER_WAY || state == State.ENDED;
    }

    /** Begins an attempt unless there is one. */
    synchronized void start() {
        if (state == State.IDLE) {
            state = State.UNDER_WAY;
            new BusThread(this::run, "freshet-append-connect").start();
        }
    }

    private void run() {
        try {
            RedisConnection fresh = connector.open(address);
            try {
                // A frozen server accepts connections, and answers nothing.
                fresh.runId();
            } catch (RuntimeException e) {
                fresh.closeQuietly();
                throw e;
            }
            end(fresh, null);
        } catch (RuntimeException e) {
            end(null, e);
        } catch (LinkageError e) {
            broken(new MisconfiguredException(connector.faults().broken(e)));
        } catch (Error e) {
            end(null, new JedisConnectionException("connecting to " + address + " failed unexpectedly: " + e, e));
        }
    }

    private synchronized void end(@Nullable RedisConnection fresh, @Nullable RuntimeException why) {
        if (state == State.UNDER_WAY) {
            state = State.ENDED;
            connection = fresh;
            fault = why;
        } else if (fresh != null) {
            fresh.closeQuietly();
        }
    }

    private synchronized void broken(RuntimeException why) {
        if (state == State.UNDER_WAY) {
            state = State.BROKEN;
            fault = why;
        }
    }

    /**
     * Takes the connection of the attempt.
     *
     * @return null while the attempt is under way
     * @throws JedisException if it failed
     * @throws BusException if the server cannot be used
     */
    @Nullable
    synchronized RedisConnection take() {
        if (state == State.BROKEN && fault != null) {
            throw fault;
        }
        if (state != State.ENDED) {
            return null;
        }
        state = State.IDLE;
        RedisConnection taken = connection;
        RuntimeException why = fault;
        connection = null;
        fault = null;
        if (why != null) {
            throw why;
        }
        return taken;
    }

    /** Gives an attempt up. There is none afterwards. */
    synchronized void close() {
        state = State.CLOSED;
        if (connection != null) {
            connection.closeQuietly();
            connection = null;
        }
    }
}
