package dev.freshet.bus.internal.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * The set of all regions' names, in Redis. It only serves to list them. Nothing else depends on it, so it may live on a node of
 * its own in a cluster, and fills again by itself after a loss.
 */
public final class RegionRegistry {

    private RegionRegistry() {}

    /** Adds regions, over the given connection if it leads to the right node, else over a short-lived one. */
    public static void add(RedisConnector connector, Topology topology, RedisConnection at, List<String> regions) {
        List<String> arguments = new ArrayList<>();
        arguments.add(connector.namespace().regions());
        arguments.addAll(regions);
        with(
                connector,
                topology,
                at,
                connection -> connection.number(Protocol.Command.SADD, arguments.toArray(String[]::new)));
    }

    /** Returns how many regions the set has, over the given connection if it leads to the right node, else over a short-lived one. */
    public static long count(RedisConnector connector, Topology topology, RedisConnection at) {
        AtomicLong count = new AtomicLong();
        with(
                connector,
                topology,
                at,
                connection -> count.set(connection.number(
                        Protocol.Command.SCARD, connector.namespace().regions())));
        return count.get();
    }

    /** Removes a region, over the given connection if it leads to the right node, else over a short-lived one. */
    public static void remove(RedisConnector connector, Topology topology, RedisConnection at, String region) {
        with(
                connector,
                topology,
                at,
                connection -> connection.number(
                        Protocol.Command.SREM, connector.namespace().regions(), region));
    }

    private interface Use {
        void on(RedisConnection connection);
    }

    private static void with(RedisConnector connector, Topology topology, RedisConnection at, Use use) {
        HostAndPort master =
                topology.hasSlots() ? topology.masterOf(connector.namespace().regions()) : at.node();
        if (master.equals(at.node())) {
            use.on(at);
            return;
        }
        RedisConnection other = connector.open(master);
        try {
            use.on(other);
        } catch (JedisDataException e) {
            if (RedisErrors.isElsewhere(e)) {
                topology.refresh();
            }
            throw e;
        } finally {
            other.closeQuietly();
        }
    }
}
