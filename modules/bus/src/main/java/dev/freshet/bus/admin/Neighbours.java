package dev.freshet.bus.admin;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.RedisNames;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Who else uses the same Redis, as far as it can be seen from the outside.
 *
 * @param deployments other deployments with subscribers, as in "namespace shop, database 1"; sorted
 * @param channels what was seen on the channels of regions
 */
public record Neighbours(Set<String> deployments, List<Channel> channels) {

    private static final Pattern OF_A_REGION =
            Pattern.compile("([a-z0-9][a-z0-9._-]{0,63}):\\{[^}]+}:v[0-9]+(?::db([0-9]{1,9}))?");

    /**
     * What was seen on the channel of a region.
     *
     * @param region the region
     * @param name the channel's name
     * @param subscribers how many connections subscribe to it
     * @param foreignMessages how many messages, at least, arrived that are no records of the region's log
     * @param example the first of them, in words; null if there is none
     */
    public record Channel(
            String region,
            String name,
            long subscribers,
            long foreignMessages,
            @Nullable String example) {}

    /**
     * Listens on the channels of regions for a while. Blocks for about twice that time for each server. What this user may not ask
     * counts as not there.
     *
     * @throws BusException if Redis is unavailable
     */
    public static Neighbours observe(RedisConfig redis, Collection<String> regions, Duration howLong) {
        RedisConnector connector = new RedisConnector(redis, "neighbours");
        try {
            Topology topology = Topologies.of(connector);
            Map<HostAndPort, List<RedisNames>> byMaster = new LinkedHashMap<>();
            for (String region : regions) {
                RedisNames names = connector.namespace().region(region);
                byMaster.computeIfAbsent(topology.masterOf(names.head()), master -> new ArrayList<>())
                        .add(names);
            }
            Set<String> deployments = new TreeSet<>();
            List<Channel> channels = new ArrayList<>();
            for (Map.Entry<HostAndPort, List<RedisNames>> each : byMaster.entrySet()) {
                Observation observation =
                        new Observation(connector, each.getKey(), each.getValue(), topology.hasShardedChannels());
                channels.addAll(observation.listen(howLong));
                deployments.addAll(observation.others());
            }
            return new Neighbours(deployments, channels);
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    /** What came over one channel, counted by the epoch of its log. */
    private static final class Traffic {

        private record Kind(String first, long messages) {}

        /** Messages of more epochs are not counted: who sends noise must not fill the memory. */
        private static final int MAX_EPOCHS = 100;

        /** In the place of an epoch. */
        private static final String NO_RECORD = "";

        private final Map<String, Kind> byEpoch = new LinkedHashMap<>();

        void add(byte[] message) {
            Position at = position(message);
            String epoch = at == null ? NO_RECORD : Position.formatEpoch(at.epoch());
            Kind before = byEpoch.get(epoch);
            if (before != null) {
                byEpoch.put(epoch, new Kind(before.first(), before.messages() + 1));
            } else if (byEpoch.size() < MAX_EPOCHS) {
                byEpoch.put(epoch, new Kind(at == null ? "a message that is no record" : "a record at " + at, 1));
            }
        }

        private static @Nullable Position position(byte[] message) {
            Decoded decoded = RecordCodec.decode(message);
            if (decoded instanceof Decoded.Intact intact) {
                return intact.header().position();
            }
            return decoded instanceof Decoded.Unreadable unreadable
                    ? unreadable.header().position()
                    : null;
        }

        /** Returns what is no record of one of these epochs. If none is known, all records count as ours. */
        List<Kind> foreignTo(Set<String> epochs) {
            return byEpoch.entrySet().stream()
                    .filter(each ->
                            each.getKey().equals(NO_RECORD) || (!epochs.isEmpty() && !epochs.contains(each.getKey())))
                    .map(Map.Entry::getValue)
                    .toList();
        }
    }

    /** One server. */
    private record Observation(
            RedisConnector connector, HostAndPort server, List<RedisNames> regions, boolean isSharded) {

        private interface Question<T> {
            T ask(RedisConnection connection);
        }

        private <T> T ask(Question<T> question) {
            RedisConnection connection = connector.open(server);
            try {
                return question.ask(connection);
            } finally {
                connection.closeQuietly();
            }
        }

        List<Channel> listen(Duration howLong) {
            Map<String, Long> subscribers = ask(this::subscribers);
            Map<String, Set<String>> epochs = new HashMap<>();
            ask(connection -> addEpochs(connection, epochs));
            Map<String, Traffic> traffic = traffic(howLong);
            // An epoch that began meanwhile is none of a stranger's.
            ask(connection -> addEpochs(connection, epochs));
            List<Channel> channels = new ArrayList<>(regions.size());
            for (RedisNames names : regions) {
                Traffic its = traffic.getOrDefault(names.channel(), new Traffic());
                List<Traffic.Kind> foreign = its.foreignTo(epochs.getOrDefault(names.region(), Set.of()));
                channels.add(new Channel(
                        names.region(),
                        names.channel(),
                        subscribers.getOrDefault(names.channel(), 0L),
                        foreign.stream().mapToLong(Traffic.Kind::messages).sum(),
                        foreign.isEmpty() ? null : foreign.get(0).first()));
            }
            return channels;
        }

        private boolean addEpochs(RedisConnection connection, Map<String, Set<String>> epochs) {
            boolean isComplete = true;
            for (RedisNames names : regions) {
                try {
                    String epoch = connection.text(Command.HGET, names.head(), "epoch");
                    if (epoch != null) {
                        epochs.computeIfAbsent(names.region(), region -> new TreeSet<>())
                                .add(epoch);
                    }
                } catch (JedisDataException e) {
                    isComplete = false; // this user may not know, or it is no head; then nothing is judged
                }
            }
            return isComplete;
        }

        private Map<String, Long> subscribers(RedisConnection connection) {
            Map<String, Long> subscribers = new HashMap<>();
            for (RedisNames names : regions) {
                List<?> pair = pubsub(connection, isSharded ? "SHARDNUMSUB" : "NUMSUB", names.channel());
                if (pair.size() == 2 && pair.get(1) instanceof Long count) {
                    subscribers.put(names.channel(), count);
                }
            }
            return subscribers;
        }

        private Map<String, Traffic> traffic(Duration howLong) {
            Map<String, Traffic> traffic = new HashMap<>();
            RedisConnection listening = connector.open(server, howLong);
            try {
                for (RedisNames names : regions) {
                    listening.sendCommand(isSharded ? Command.SSUBSCRIBE : Command.SUBSCRIBE, names.channel());
                }
                listening.flushCommands();
                long deadlineNanos = System.nanoTime() + howLong.toNanos();
                while (System.nanoTime() - deadlineNanos < 0) {
                    List<?> message = listening.message();
                    if (message.get(2) instanceof byte[] payload) {
                        traffic.computeIfAbsent(
                                        String.valueOf(RedisConnection.asText(message.get(1))),
                                        channel -> new Traffic())
                                .add(payload);
                    }
                }
            } catch (JedisDataException e) {
                return Map.of(); // this user may not subscribe, which the check of rights says
            } catch (JedisConnectionException e) {
                if (!(RedisErrors.rootCause(e) instanceof SocketTimeoutException)) {
                    throw e;
                }
            } finally {
                listening.closeQuietly();
            }
            return traffic;
        }

        Set<String> others() {
            Namespace own = connector.namespace();
            Set<String> others = new TreeSet<>();
            List<?> active =
                    ask(connection -> pubsub(connection, isSharded ? "SHARDCHANNELS" : "CHANNELS", "*:{*}:v[0-9]*"));
            for (Object channel : active) {
                Matcher name = OF_A_REGION.matcher(String.valueOf(RedisConnection.asText(channel)));
                if (name.matches()) {
                    int database = name.group(2) == null ? 0 : Integer.parseInt(name.group(2));
                    if (!own.name().equals(name.group(1)) || own.database() != database) {
                        others.add("namespace " + name.group(1) + ", database " + database);
                    }
                }
            }
            return others;
        }

        private static List<?> pubsub(RedisConnection connection, String what, String argument) {
            try {
                return connection.list(Command.PUBSUB, what, argument);
            } catch (JedisDataException e) {
                return List.of(); // this user may not know
            }
        }
    }
}
