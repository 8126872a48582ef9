package dev.freshet.bus.direct;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.internal.access.MisconfiguredException;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.RedisUri;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Namespace;
import java.util.Objects;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

/** Finds the master of an address, and how to get in there. Connects to sentinels only. Safe to use from any thread. */
public final class MasterFinder {

    private final RedisConnector connector;
    private final Topology topology;

    private MasterFinder(RedisConnector connector) {
        this.connector = connector;
        this.topology = Topologies.of(connector);
    }

    /**
     * Makes a finder. It asks nobody yet.
     *
     * @param name what connections to sentinels are called
     * @throws IllegalArgumentException if the address is a cluster's, which has no single master
     */
    public static MasterFinder of(RedisConfig config, String name) {
        if (isCluster(config)) {
            throw new IllegalArgumentException("a Redis Cluster has no single master");
        }
        return new MasterFinder(new RedisConnector(config, name));
    }

    /** Returns whether an address is a Redis Cluster's. */
    public static boolean isCluster(RedisConfig config) {
        return RedisUri.parse(config.uri()).kind() == RedisUri.Kind.CLUSTER;
    }

    /** Returns what names the keys and channels of this deployment, and its database. */
    public Namespace namespace() {
        return connector.namespace();
    }

    /**
     * Finds the master, and reads the files that say how to get in. Blocks for a bounded time.
     *
     * @throws BusException that says what is wrong, without secrets: no sentinel answers, or a file cannot be used
     */
    public Master find() {
        try {
            topology.refresh();
            HostAndPort master = topology.masterOf("");
            return new Master(
                    Objects.requireNonNull(master.getHost()),
                    master.getPort(),
                    connector.credentials(),
                    connector.tls());
        } catch (MisconfiguredException e) {
            throw new BusException(String.valueOf(e.getMessage()), e);
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }
}
