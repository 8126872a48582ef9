package dev.freshet.bus.internal.redis;

import java.util.Set;
import redis.clients.jedis.HostAndPort;

/** One server, which is the master of every key. */
record StandaloneTopology(HostAndPort server) implements Topology {

    @Override
    public HostAndPort masterOf(String key) {
        return server;
    }

    @Override
    public Set<HostAndPort> masters() {
        return Set.of(server);
    }

    @Override
    public void refresh() {
        // The server cannot change.
    }

    @Override
    public boolean hasSlots() {
        return false;
    }
}
