package dev.freshet.bus.internal.redis;

import dev.freshet.bus.BusException;
import dev.freshet.bus.TimeSource;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Watches whether a connection that only reads still leads to a master. A master that became a replica refuses no read, and what it
 * answers may be old. Used by the connection's thread.
 */
public final class RoleWatch {

    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RedisConnection connection;
    private final TimeSource time;
    private final boolean wasMaster;
    private long checkedNanos;

    /** Asks for the role. Blocks for one round trip. */
    public RoleWatch(RedisConnection connection, TimeSource time) {
        this.connection = connection;
        this.time = time;
        this.wasMaster = isMaster();
        this.checkedNanos = time.nanoTime();
    }

    public RedisConnection connection() {
        return connection;
    }

    /**
     * Asks for the role again if the last answer is a second old. Who connects to a replica on purpose may read from it.
     *
     * @throws BusException if a master became a replica
     */
    public void check() {
        if (wasMaster && time.nanoTime() - checkedNanos >= INTERVAL_NANOS) {
            if (!isMaster()) {
                throw new BusException("the server at " + connection.node() + " is no longer a master");
            }
            checkedNanos = time.nanoTime();
        }
    }

    private boolean isMaster() {
        try {
            return connection.info("replication", "role").equals("master");
        } catch (JedisDataException e) {
            return false; // this user may not know
        }
    }
}
