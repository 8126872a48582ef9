package dev.freshet.bus.internal.redis;

import dev.freshet.bus.BusException;
import java.util.Set;
import redis.clients.jedis.HostAndPort;

/** Knows which server is the master of a key. Safe to use from any thread; may block to find out. */
public interface Topology {

    /**
     * Returns the master of a key.
     *
     * @throws redis.clients.jedis.exceptions.JedisConnectionException if no server can be asked
     * @throws BusException if the servers that were asked do not know
     */
    HostAndPort masterOf(String key);

    /**
     * Returns every master, in no order.
     *
     * @throws redis.clients.jedis.exceptions.JedisConnectionException if no server can be asked
     * @throws BusException if the servers that were asked do not know
     */
    Set<HostAndPort> masters();

    /** Forgets all masters, because a server turned out not to be one. */
    void refresh();

    /** Whether keys live in slots on several masters, so that a script may touch the keys of one region only. */
    boolean hasSlots();

    /** Whether records go over sharded channels, which reach only the servers that hold their slot. */
    default boolean hasShardedChannels() {
        return false;
    }
}
