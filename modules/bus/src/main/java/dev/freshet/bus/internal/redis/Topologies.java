package dev.freshet.bus.internal.redis;

/** Chooses the {@link Topology} that an address describes. */
public final class Topologies {

    private Topologies() {}

    /** Returns the topology of the connector's address. It asks nobody before it is asked. */
    public static Topology of(RedisConnector connector) {
        return switch (connector.uri().kind()) {
            case STANDALONE -> new StandaloneTopology(connector.uri().servers().get(0));
            case SENTINEL -> new SentinelTopology(connector);
            case CLUSTER -> new ClusterTopology(connector);
        };
    }
}
