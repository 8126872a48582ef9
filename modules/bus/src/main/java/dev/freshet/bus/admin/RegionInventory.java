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
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
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

    private static final long MAX_PAUSE_MICROS = TimeUnit.HOURS.toMicros(1);

    private final RedisConnector connector;
    private final Topology topology;
    private final Map<HostAndPort, RedisConnection> connections = new HashMap<>();

    private final Pauses pauses;

    private RegionInventory(RedisConnector connector, Topology topology, Pauses pauses) {
        this.connector = connector;
        this.topology = topology;
        this.pauses = pauses;
    }

    /** Lets time pass. */
    @FunctionalInterface
    interface Pauses {

        /**
         * Waits so long.
         *
         * @throws BusException if the thread is interrupted
         */
        void pause(long micros);
    }

    /** Opens an inventory. It connects when it is asked. */
    public static RegionInventory open(RedisConfig config) {
        return open(config, RegionInventory::sleep);
    }

    static RegionInventory open(RedisConfig config, Pauses pauses) {
        RedisConnector connector = new RedisConnector(config, "inventory");
        return new RegionInventory(connector, Topologies.of(connector), pauses);
    }

    private static void sleep(long micros) {
        try {
            TimeUnit.MICROSECONDS.sleep(micros);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BusException("interrupted while waiting for subscribers; nothing was removed", e);
        }
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
        return fateOf(ask(region, (at, names) -> RegionRemoval.look(at, names, unusedFor)), region);
    }

    /**
     * Removes a region as {@link #remove(Collection, Duration, BiConsumer)} does.
     *
     * @return what became of it
     */
    public Fate remove(String region, Duration unusedFor) {
        List<Fate> became = new ArrayList<>(1);
        remove(List.of(region), unusedFor, (name, fate) -> became.add(fate));
        return became.get(0);
    }

    /**
     * Removes regions with all their keys, unless somebody follows them. Subscribers that follow them later begin anew. If the clock of
     * Redis jumps, all subscribers look gone until each writes its row again: so where there are rows, this waits until any subscriber
     * that lives has written its own, for at most an hour, and then removes the regions that have not changed.
     *
     * @param unusedFor a region stays if somebody appended to it within this time; zero: only if somebody does just now
     * @param fates hears what becomes of each region, on this thread
     */
    public void remove(Collection<String> regions, Duration unusedFor, BiConsumer<String, Fate> fates) {
        Map<String, RegionRemoval.Answer> unused = new LinkedHashMap<>();
        long longestMicros = 0;
        for (String region : regions) {
            RegionRemoval.Answer answer = ask(region, (at, names) -> RegionRemoval.look(at, names, unusedFor));
            if (answer.what() != RegionRemoval.What.UNUSED) {
                fates.accept(region, fateOf(answer, region));
            } else if (answer.changesWithinMicros() > MAX_PAUSE_MICROS) {
                fates.accept(region, Fate.FOLLOWED); // or anybody wrote its row
            } else {
                unused.put(region, answer);
                longestMicros = Math.max(longestMicros, answer.changesWithinMicros());
            }
        }
        if (longestMicros > 0) {
            pauses.pause(longestMicros);
        }
        unused.forEach((region, seen) -> fates.accept(
                region,
                fateOf(
                        ask(
                                region,
                                (at, names) ->
                                        RegionRemoval.remove(connector, topology, at, names, unusedFor, seen.state())),
                        region)));
    }

    private RegionRemoval.Answer ask(
            String region, BiFunction<RedisConnection, RedisNames, RegionRemoval.Answer> question) {
        RedisNames names = connector.namespace().region(region);
        try {
            return question.apply(connection(names), names);
        } catch (JedisException e) {
            throw new BusException("region " + region + ": " + RedisErrors.describe(connector, e), e);
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
