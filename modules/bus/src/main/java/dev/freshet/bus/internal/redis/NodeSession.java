package dev.freshet.bus.internal.redis;

import dev.freshet.bus.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * A connection for commands to one node, the run_id of the server at its other end and, if wanted, the samples of that
 * server's clock. The run_id and the clock outlive a connection: they still hold if the same server answers the next one.
 *
 * <p>One thread at a time owns a session. Any thread may call {@link #usable}, {@link #isOpen}, {@link #isKnownAs} and {@link
 * #abort}.
 */
public final class NodeSession {

    /** How many round trips a new server's clock is judged by at once. */
    private static final int FIRST_CLOCK_SAMPLES = 5;

    /** What must succeed on a connection before other threads see it. What it throws closes a fresh connection. */
    public interface Admission {

        /**
         * Uses the connection.
         *
         * @param isOther whether another server answers than the last time
         */
        void admit(RedisConnection connection, String runId, boolean isOther);
    }

    private record Sampling(RedisClock clock, TimeSource time, long intervalNanos) {}

    private final RedisConnector connector;
    private final @Nullable Sampling sampling;

    /** The open connection, from the moment on that {@link #abort} must reach it. */
    private volatile @Nullable RedisConnection held;

    /** The connection that {@link #held} holds, once its server is identified. */
    private volatile @Nullable RedisConnection identified;

    private volatile @Nullable String runId;
    private @Nullable HostAndPort node;
    private long clockSampledNanos;

    private NodeSession(RedisConnector connector, @Nullable Sampling sampling) {
        this.connector = connector;
        this.sampling = sampling;
    }

    /** Makes a session that leaves clocks alone. It does not connect yet. */
    public static NodeSession withoutClock(RedisConnector connector) {
        return new NodeSession(connector, null);
    }

    /**
     * Makes a session that samples the clock of its server. It does not connect yet.
     *
     * @param interval between two samples by {@link #sampleClockIfDue}
     */
    public static NodeSession withClock(
            RedisConnector connector, RedisClock clock, TimeSource time, Duration interval) {
        return new NodeSession(connector, new Sampling(clock, time, interval.toNanos()));
    }

    // ---- any thread

    /** Returns the connection if its server is identified and it did not break, else null. */
    public @Nullable RedisConnection usable() {
        RedisConnection current = identified;
        return current == null || current.isBroken() ? null : current;
    }

    /** Whether there is a connection with an identified server. It may be broken without anybody having noticed. */
    public boolean isOpen() {
        return identified != null;
    }

    /** Whether the server that answered last has this run_id. */
    public boolean isKnownAs(String server) {
        return server.equals(runId);
    }

    /** Breaks the connection, so that a thread which waits for a reply is woken with an exception. */
    public void abort() {
        RedisConnection current = held;
        if (current != null) {
            current.abort();
        }
    }

    // ---- the owner

    /**
     * Returns the connection.
     *
     * @throws JedisConnectionException if there is none
     */
    public RedisConnection connection() {
        RedisConnection current = identified;
        if (current == null) {
            throw new JedisConnectionException("not connected to " + node);
        }
        return current;
    }

    /**
     * Returns the run_id of the server that answered last.
     *
     * @throws JedisConnectionException if none ever did
     */
    public String runId() {
        String server = runId;
        if (server == null) {
            throw new JedisConnectionException("not connected to " + node);
        }
        return server;
    }

    /**
     * Opens a fresh connection, asks who is at its other end, and closes the former connection. If anything fails, there is
     * no connection afterwards. Blocks for a bounded time.
     */
    public RedisConnection open(HostAndPort node) {
        return open(node, (connection, server, isOther) -> {});
    }

    /** Opens a fresh connection as {@link #open(HostAndPort)} does; other threads see it once it is admitted. */
    public RedisConnection open(HostAndPort node, Admission admission) {
        close();
        this.node = node;
        try {
            RedisConnection fresh = connector.open(node, connection -> {
                held = connection;
                identify(connection, admission);
            });
            identified = fresh;
            return fresh;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Takes in a fresh connection as {@link #open(HostAndPort, Admission)} does; if it is not admitted, it is closed. */
    public RedisConnection open(RedisConnection fresh, Admission admission) {
        close();
        node = fresh.node();
        held = fresh;
        try {
            identify(fresh, admission);
            identified = fresh;
            return fresh;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Asks again who is at the other end, and has the connection admitted again. */
    public void identifyAgain(Admission admission) {
        identify(connection(), admission);
    }

    private void identify(RedisConnection connection, Admission admission) {
        String server = connection.runId();
        boolean isOther = !server.equals(runId);
        if (isOther && sampling != null) {
            // A clock belongs to a server: samples of another one say nothing.
            sampling.clock().forget();
            for (int i = 0; i < FIRST_CLOCK_SAMPLES; i++) {
                sample(sampling, connection);
            }
        }
        // Only now: if the connection broke while the clock was sampled, the next connection samples it.
        runId = server;
        admission.admit(connection, server, isOther);
    }

    /** Samples the clock if the last sample is older than the interval. Returns whether it was. */
    public boolean sampleClockIfDue() {
        Sampling current = sampling;
        if (current == null || current.time().nanoTime() - clockSampledNanos < current.intervalNanos()) {
            return false;
        }
        sample(current, connection());
        return true;
    }

    private void sample(Sampling how, RedisConnection from) {
        long sentNanos = how.time().nanoTime();
        long redisMicros = from.timeMicros();
        long receivedNanos = how.time().nanoTime();
        how.clock().sample(sentNanos, receivedNanos, redisMicros);
        clockSampledNanos = receivedNanos;
    }

    /** Closes the connection, if there is one. The session can be opened again. */
    public void close() {
        RedisConnection current = held;
        identified = null;
        held = null;
        if (current != null) {
            current.closeQuietly();
        }
    }
}
