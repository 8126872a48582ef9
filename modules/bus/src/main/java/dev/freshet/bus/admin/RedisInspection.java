package dev.freshet.bus.admin;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.RedisUri;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.RedisNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Inspects the server that holds a region, to check a live deployment. It changes nothing that a publisher or a subscriber sees.
 * Used by one thread; methods block for a bounded time, and throw a {@link BusException} if Redis is unavailable.
 */
public final class RedisInspection implements AutoCloseable {

    private final RedisConnector connector;
    private final RedisConnection connection;
    private final RedisNames names;
    private final boolean sharded;

    private RedisInspection(RedisConnector connector, RedisConnection connection, RedisNames names, boolean sharded) {
        this.connector = connector;
        this.connection = connection;
        this.names = names;
        this.sharded = sharded;
    }

    /**
     * Connects to the server that holds a region.
     *
     * @throws BusException if the server cannot be found or reached, or refuses the credentials; the message does not hold them
     */
    public static RedisInspection connect(RedisConfig config, String region) {
        RedisConnector connector = new RedisConnector(config, "inspection");
        RedisNames names = connector.namespace().region(region);
        try {
            Topology topology = Topologies.of(connector);
            HostAndPort master = topology.masterOf(names.head());
            return new RedisInspection(connector, connector.open(master), names, topology.hasShardedChannels());
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    /** Describes each server of the address that does not answer: with Sentinel each sentinel, of a cluster each node. */
    public static List<String> unreachable(RedisConfig config) {
        RedisConnector connector = new RedisConnector(config, "inspection");
        List<String> unreachable = new ArrayList<>();
        for (HostAndPort server : connector.uri().servers()) {
            try {
                RedisConnection open = connector.uri().kind() == RedisUri.Kind.SENTINEL
                        ? connector.openSentinel(server)
                        : connector.open(server);
                open.closeQuietly();
            } catch (JedisException e) {
                unreachable.add(server + " (" + e.getMessage() + ")");
            }
        }
        return unreachable;
    }

    /** Whether the address is one of a cluster. */
    public boolean isAddressedAsCluster() {
        return connector.uri().kind() == RedisUri.Kind.CLUSTER;
    }

    /** Returns what the names of all keys and channels begin with, without the colon. */
    public String namespace() {
        return names.namespace().name();
    }

    /** Returns the server's address. */
    public String address() {
        return connection.node().toString();
    }

    /**
     * Returns all fields of INFO; empty if this user may not run it.
     *
     * @throws BusException if Redis is unavailable
     */
    public Map<String, String> info() {
        Map<String, String> fields = new LinkedHashMap<>();
        try {
            String info = connection.text(Protocol.Command.INFO);
            if (info != null) {
                info.lines()
                        .filter(line -> line.contains(":") && line.charAt(0) != '#')
                        .forEach(line -> {
                            int colon = line.indexOf(':');
                            fields.put(
                                    line.substring(0, colon),
                                    line.substring(colon + 1).strip());
                        });
            }
        } catch (JedisDataException e) {
            return Map.of();
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
        return fields;
    }

    /**
     * Returns a setting; empty if this user may not read it (as on most hosted servers), or the server does not have it.
     *
     * @throws BusException if Redis is unavailable
     */
    public Optional<String> setting(String name) {
        try {
            List<?> pair = connection.list(Protocol.Command.CONFIG, "GET", name);
            return pair.size() < 2 ? Optional.empty() : Optional.ofNullable(RedisConnection.asText(pair.get(1)));
        } catch (JedisDataException e) {
            return Optional.empty();
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    /**
     * Runs every command that Freshet uses on the region's keys and channels, in forms that change nothing. That also finds
     * renamed commands, and needs no right of its own.
     *
     * @return each refused command with the server's reason
     *
     * @throws BusException if Redis is unavailable
     */
    public Map<String, String> refusedCommands() {
        try {
            return new AclProbe(connector, connection, names, sharded).refused();
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    /**
     * Runs every command that a Redis tier needs beside those of {@link #refusedCommands}, in forms that change nothing.
     *
     * @return each refused command with the server's reason
     * @throws BusException if Redis is unavailable
     */
    public Map<String, String> refusedTierCommands() {
        try {
            return new AclProbe(connector, connection, names, sharded).refusedOfTier();
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    /**
     * Whether the region keeps values in Redis; false if this user may not find out.
     *
     * @throws BusException if Redis is unavailable
     */
    public boolean hasTier() {
        try {
            return connection.text(Protocol.Command.HGET, names.head(), "tier") != null;
        } catch (JedisDataException e) {
            return false;
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    /**
     * Names the region's own keys that have a time to live, which none of them should. None, if this user may not find out.
     *
     * @throws BusException if Redis is unavailable
     */
    public List<String> expiringKeys() {
        List<String> expiring = new ArrayList<>();
        try {
            for (String key : List.of(names.head(), names.log(), names.members(), names.fences(0), names.fences(1))) {
                if (connection.number(Protocol.Command.PTTL, key) >= 0) {
                    expiring.add(key);
                }
            }
        } catch (JedisDataException e) {
            return List.of();
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
        return expiring;
    }

    @Override
    public void close() {
        connection.closeQuietly();
    }
}
