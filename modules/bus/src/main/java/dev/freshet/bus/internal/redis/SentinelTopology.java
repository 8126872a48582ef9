package dev.freshet.bus.internal.redis;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.access.MisconfiguredException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/** The sentinels name the one master; they are asked again after each {@link #refresh}. */
final class SentinelTopology implements Topology {

    private final RedisConnector connector;
    private @Nullable HostAndPort master;

    SentinelTopology(RedisConnector connector) {
        this.connector = connector;
    }

    @Override
    public synchronized HostAndPort masterOf(String key) {
        HostAndPort known = master;
        if (known == null) {
            known = ask();
            master = known;
        }
        return known;
    }

    @Override
    public Set<HostAndPort> masters() {
        return Set.of(masterOf(""));
    }

    private HostAndPort ask() {
        String name = Objects.requireNonNull(connector.uri().masterName());
        JedisException last = null;
        for (HostAndPort sentinel : connector.uri().servers()) {
            try {
                List<HostAndPort> answer = new ArrayList<>(1);
                connector.askSentinel(sentinel, connection -> answer.addAll(ask(connection, name)));
                if (!answer.isEmpty()) {
                    return answer.get(0);
                }
            } catch (JedisException e) {
                last = RedisErrors.worse(last, e);
            }
        }
        if (last instanceof MisconfiguredException) {
            throw last;
        }
        if (last != null) {
            throw new JedisConnectionException("no sentinel of " + connector.uri() + " answered", last);
        }
        throw new BusException("the sentinels of " + connector.uri() + " know no master of that name");
    }

    /** Returns the master, or none if the sentinel does not know it. */
    private static List<HostAndPort> ask(RedisConnection connection, String name) {
        List<?> address = connection.list(Protocol.Command.SENTINEL, "get-master-addr-by-name", name);
        if (address.size() != 2) {
            return List.of();
        }
        String host = Objects.requireNonNull(RedisConnection.asText(address.get(0)));
        String port = Objects.requireNonNull(RedisConnection.asText(address.get(1)));
        try {
            return List.of(new HostAndPort(host, Integer.parseInt(port)));
        } catch (NumberFormatException e) {
            throw connection.unexpected("SENTINEL", null);
        }
    }

    @Override
    public synchronized void refresh() {
        master = null;
    }

    @Override
    public boolean hasSlots() {
        return false;
    }
}
