package dev.freshet.bus.internal.redis;

import dev.freshet.bus.BusException;
import java.util.Set;
import redis.clients.jedis.HostAndPort;

/** Knows which server is the master of a key. Safe to use from any thread; may block to find out. */
public interface Topology {

    /**
     * Returns the master of a key.
     *
     * @throws redis.clients.jedis.exceptions.JedisConnectionException if nobody can be asked
     * @throws BusException if those that were asked do not know
     */
    HostAndPort masterOf(String key);

    /**
     * Returns every master, in no order.
     *
     * @throws redis.clients.jedis.exceptions.JedisConnectionException if nobody can be asked
     * @throws BusException if those that were asked do not know
     */
    Set<HostAndPort> masters();

    /** Forgets what it knows, because a server turned out not to be the master. */
    void refresh();

    /** Whether keys live in slots on several masters, so that one script may touch only one region's. */
    boolean hasSlots();

    /** Whether records go over sharded channels, which reach only the servers of their slot. */
    default boolean hasShardedChannels() {
        return false;
    }
}
