package dev.freshet.bus.internal.redis;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.access.MisconfiguredException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * Any node of a cluster knows the master of a key's slot. One is asked again after each {@link #refresh}, and now and then while
 * a slot has no master.
 */
final class ClusterTopology implements Topology {

    private static final int SLOTS = 16_384;
    private static final int FIRST_VERSION_WITH_SHARDED_CHANNELS = 7;

    /** Between two questions about slots that have no master. */
    private static final long MIN_PAUSE_NANOS = 100_000_000;

    private final RedisConnector connector;
    private final Set<HostAndPort> nodes;
    private @Nullable HostAndPort @Nullable [] masters;
    private long askedNanos;
    private @Nullable Boolean shardedChannels;

    ClusterTopology(RedisConnector connector) {
        this.connector = connector;
        this.nodes = new LinkedHashSet<>(connector.uri().servers());
    }

    @Override
    public synchronized HostAndPort masterOf(String key) {
        @Nullable HostAndPort[] known = masters;
        if (known == null) {
            known = ask();
            masters = known;
        }
        HostAndPort master = known[JedisClusterCRC16.getSlot(key)];
        if (master == null && System.nanoTime() - askedNanos >= MIN_PAUSE_NANOS) {
            known = ask();
            masters = known;
            master = known[JedisClusterCRC16.getSlot(key)];
        }
        if (master == null) {
            throw new BusException("no master serves the slot of " + key);
        }
        return master;
    }

    @Override
    public synchronized Set<HostAndPort> masters() {
        @Nullable HostAndPort[] known = masters;
        if (known == null) {
            known = ask();
            masters = known;
        }
        Set<HostAndPort> distinct = new LinkedHashSet<>();
        for (HostAndPort master : known) {
            if (master != null) {
                distinct.add(master);
            }
        }
        if (distinct.isEmpty()) {
            masters = null;
            throw new BusException("no master of " + connector.uri() + " serves any slot");
        }
        return distinct;
    }

    private @Nullable HostAndPort[] ask() {
        JedisException last = null;
        askedNanos = System.nanoTime();
        for (HostAndPort node : new ArrayList<>(nodes)) {
            try {
                List<@Nullable HostAndPort[]> answer = new ArrayList<>(1);
                connector
                        .open(node, connection -> answer.add(ask(connection, node)))
                        .closeQuietly();
                return answer.get(0);
            } catch (JedisException e) {
                last = RedisErrors.worse(last, e);
                // The next time, those that may answer come first.
                nodes.remove(node);
                nodes.add(node);
            }
        }
        if (last instanceof MisconfiguredException) {
            throw last;
        }
        throw new JedisConnectionException("no node of " + connector.uri() + " answered", last);
    }

    private @Nullable HostAndPort[] ask(RedisConnection connection, HostAndPort node) {
        try {
            shardedChannels = majorVersion(connection) >= FIRST_VERSION_WITH_SHARDED_CHANNELS;
            return read(connection.list(Protocol.Command.CLUSTER, "SLOTS"), node);
        } catch (ClassCastException | IndexOutOfBoundsException e) {
            throw connection.unexpected("CLUSTER SLOTS", null);
        }
    }

    private @Nullable HostAndPort[] read(List<?> ranges, HostAndPort asked) {
        @Nullable HostAndPort[] bySlot = new HostAndPort[SLOTS];
        for (Object range : ranges) {
            List<?> fields = (List<?>) range;
            List<?> master = (List<?>) fields.get(2);
            String host = RedisConnection.asText(master.get(0));
            // A node that does not know its own address leaves it out: this is the node that was asked.
            HostAndPort node = new HostAndPort(
                    host == null || host.isEmpty() ? asked.getHost() : host, ((Long) master.get(1)).intValue());
            nodes.add(node);
            for (int slot = ((Long) fields.get(0)).intValue(); slot <= ((Long) fields.get(1)).intValue(); slot++) {
                bySlot[slot] = node;
            }
        }
        return bySlot;
    }

    private static int majorVersion(RedisConnection connection) {
        String version = connection.info("server", "redis_version");
        int dot = version.indexOf('.');
        return dot < 0 ? 0 : Integer.parseInt(version.substring(0, dot));
    }

    @Override
    public synchronized void refresh() {
        masters = null;
    }

    @Override
    public boolean hasSlots() {
        return true;
    }

    @Override
    public synchronized boolean hasShardedChannels() {
        if (shardedChannels == null) {
            masters = ask();
        }
        return Boolean.TRUE.equals(shardedChannels);
    }
}
