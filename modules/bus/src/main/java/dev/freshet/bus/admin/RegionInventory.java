package dev.freshet.bus.admin;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.RegionRemoval;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.RedisNames;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * What regions use in Redis, and the way to remove them. Used by one thread; methods block for a bounded time, and throw a {@link
 * BusException} if Redis is unavailable or refuses.
 */
public final class RegionInventory implements AutoCloseable {

    /** Why a region stays in Redis, or that it does not. */
    public enum Fate {
        /** It stays: somebody follows it, or did so lately and may come back. */
        FOLLOWED,
        /** It stays: somebody appended to it within the time, or just now. */
        USED,
        /** It may be removed. */
        UNUSED,
        /** It was removed. */
        REMOVED
    }

    /**
     * What a region uses.
     *
     * @param fate what a removal would do
     * @param sinceLastAppendMicros how long ago somebody appended to it, or it began; empty: not known
     * @param logBytes the memory of its log; empty if this user may not ask for it
     */
    public record Use(Fate fate, OptionalLong sinceLastAppendMicros, OptionalLong logBytes) {}

    private final RedisConnector connector;
    private final Topology topology;
    private final Map<HostAndPort, RedisConnection> connections = new HashMap<>();

    private RegionInventory(RedisConnector connector, Topology topology) {
        this.connector = connector;
        this.topology = topology;
    }

    /** Opens an inventory. It connects when it is asked. */
    public static RegionInventory open(RedisConfig config) {
        RedisConnector connector = new RedisConnector(config, "inventory");
        return new RegionInventory(connector, Topologies.of(connector));
    }

    /** Returns what a region uses. Changes nothing. */
    public Use use(String region) {
        RedisNames names = connector.namespace().region(region);
        try {
            RedisConnection at = connection(names);
            RegionRemoval.Answer answer = RegionRemoval.look(at, names, Duration.ZERO);
            return new Use(fateOf(answer, region), age(answer), logBytes(at, names));
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    /**
     * Returns what {@link #remove} would do.
     *
     * @param unusedFor it stays if somebody appended to it within this time; zero: in any case it may go
     */
    public Fate look(String region, Duration unusedFor) {
        RedisNames names = connector.namespace().region(region);
        try {
            return fateOf(RegionRemoval.look(connection(names), names, unusedFor), region);
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    /**
     * Removes a region with all its keys, unless somebody follows it. Subscribers that follow it later begin anew.
     *
     * @param unusedFor it stays if somebody appended to it within this time; zero: only if somebody does just now
     */
    public Fate remove(String region, Duration unusedFor) {
        RedisNames names = connector.namespace().region(region);
        try {
            RedisConnection at = connection(names);
            RegionRemoval.Answer answer = RegionRemoval.look(at, names, unusedFor);
            if (answer.what() == RegionRemoval.What.UNUSED) {
                answer = RegionRemoval.remove(connector, topology, at, names, unusedFor, answer.state());
            }
            return fateOf(answer, region);
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    private static Fate fateOf(RegionRemoval.Answer answer, String region) {
        return switch (answer.what()) {
            case REPLICA -> throw new BusException("the server of region " + region + " is a replica; ask its master");
            case FOLLOWED -> Fate.FOLLOWED;
            case USED, CHANGED -> Fate.USED;
            case UNUSED -> Fate.UNUSED;
            case REMOVED -> Fate.REMOVED;
        };
    }

    private static OptionalLong age(RegionRemoval.Answer answer) {
        return answer.lastAppendMicros() <= 0
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(0, answer.nowMicros() - answer.lastAppendMicros()));
    }

    private static OptionalLong logBytes(RedisConnection at, RedisNames names) {
        try {
            Object bytes = at.executeCommand(
                    new CommandArguments(Protocol.Command.MEMORY).add("USAGE").add(names.log()));
            return bytes instanceof Long number ? OptionalLong.of(number) : OptionalLong.of(0);
        } catch (JedisDataException e) {
            return OptionalLong.empty(); // no right is needed only for this
        }
    }

    private RedisConnection connection(RedisNames names) {
        return connections.computeIfAbsent(topology.masterOf(names.head()), connector::open);
    }

    @Override
    public void close() {
        connections.values().forEach(RedisConnection::closeQuietly);
        connections.clear();
    }
}
