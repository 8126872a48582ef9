package dev.freshet.bus.admin;

import dev.freshet.bus.BusException;
import dev.freshet.bus.HeldEntry;
import dev.freshet.bus.Member;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.member.MemberAnswerText;
import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.member.MemberRow;
import dev.freshet.bus.internal.member.MemberRows;
import dev.freshet.bus.internal.member.RegionHead;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.RoleWatch;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Looks at regions, their logs and their members, for people and tools. Its connections are its own: what it asks holds up neither
 * appends nor evictions. Used by one thread. Methods block for a few round trips, and throw a {@link BusException} if Redis is unavailable or
 * refuses; the next call connects again.
 */
public final class FleetReader implements AutoCloseable {

    /**
     * A region as Redis has it.
     *
     * @param head the position of the last record, or null if there is no log
     * @param logRecords how many records the log holds
     * @param members all members with a row, by name: also those that have been silent for longer than they should
     * @param nowMicros the time on the Redis clock; a member's {@link Member#isLive} wants it
     */
    public record RegionRows(@Nullable Position head, long logRecords, List<Member> members, long nowMicros) {

        public RegionRows {
            members = List.copyOf(members);
        }
    }

    /**
     * A question that is under way.
     *
     * @param region whose members are asked
     * @param id names the answers in Redis
     * @param asked the names of the members that were asked, by their ids
     */
    public record Asked(String region, String id, Map<String, String> asked) {

        public Asked {
            asked = Map.copyOf(asked);
        }
    }

    /**
     * What a member answers. A word that it does not say is missing, for example because the member is of an older version.
     *
     * @param memberId whose answer it is
     * @param words {@code position}, {@code lag} (records), {@code confirmed} (microseconds on the Redis clock, 0: never), {@code
     *     subscription} (joining, replaying, live, disconnected), {@code trouble}, {@code records} (applied since the start), {@code windows}
     *     (stale windows since the start, upper bound in microseconds:count), {@code applied} (when the position that was asked for was applied,
     *     on the Redis clock), {@code version} (of Freshet), {@code named} (how many readable entries the selectors name), and what its {@linkplain
     *     dev.freshet.bus.RegionReader#describe reader} says
     * @param entries what it holds of the selectors
     */
    public record Answer(String memberId, Map<String, String> words, List<HeldEntry> entries) {

        public Answer {
            words = Map.copyOf(words);
            entries = List.copyOf(entries);
        }
    }

    private final RedisConnector connector;
    private final Topology topology;
    private final Map<HostAndPort, RoleWatch> connections = new HashMap<>();

    private FleetReader(RedisConnector connector) {
        this.connector = connector;
        this.topology = Topologies.of(connector);
    }

    /** Makes a reader. The first call connects. */
    public static FleetReader of(RedisConfig config) {
        return new FleetReader(new RedisConnector(config, "fleet-reader"));
    }

    /** Returns the names of all regions, sorted. */
    public List<String> regions() {
        return call(() -> {
            String set = connector.namespace().regions();
            List<String> regions = new ArrayList<>();
            for (Object region : connection(set).list(Protocol.Command.SMEMBERS, set)) {
                regions.add(String.valueOf(RedisConnection.asText(region)));
            }
            regions.sort(null);
            return regions;
        });
    }

    /** Reads the head and the members' rows of a region. */
    public RegionRows region(String region) {
        RedisNames names = names(region);
        return call(() -> {
            RedisConnection connection = connection(names.head());
            Position head = RegionHead.read(connection, names);
            long records = connection.number(Protocol.Command.XLEN, names.log());
            List<Member> members = MemberRows.read(connection, names).stream()
                    .map(MemberRow::member)
                    .toList();
            return new RegionRows(head, records, members, connection.timeMicros());
        });
    }

    /**
     * Reads entries of a region's log, oldest first. Another log may have replaced the one that was read before: the entries' headers tell
     * the epoch.
     *
     * @param fromSequence the first that is wanted
     * @param limit at most this many
     */
    public List<LogReader.Entry> log(String region, long fromSequence, int limit) {
        RedisNames names = names(region);
        return call(() -> {
            List<LogReader.Entry> entries = new ArrayList<>();
            for (Object entry : connection(names.log())
                    .list(
                            Protocol.Command.XRANGE,
                            names.log(),
                            Math.max(1, fromSequence) + "-0",
                            "+",
                            "COUNT",
                            Integer.toString(limit))) {
                entries.add(LogReader.entry((List<?>) entry));
            }
            return entries;
        });
    }

    /**
     * Asks every live member of a region how it is. Returns at once: {@link #answers} tells who has answered. Nothing is evicted and nothing is
     * appended. A member whose version does not know the question is silent.
     *
     * @param position when it was applied is asked for; null: that of no record is
     * @param selectors which entries they name is asked for; none: no entries are
     */
    public Asked ask(String region, @Nullable Position position, List<Selector> selectors) {
        RedisNames names = names(region);
        String id = Position.formatEpoch(ThreadLocalRandom.current().nextLong());
        byte[] message = MemberMessage.question(new MemberMessage.Inspection(id, region, position, selectors));
        Protocol.Command publish = topology.hasShardedChannels() ? Protocol.Command.SPUBLISH : Protocol.Command.PUBLISH;
        return call(() -> {
            RedisConnection connection = connection(names.members());
            long nowMicros = connection.timeMicros();
            Map<String, String> asked = new HashMap<>();
            for (MemberRow row : MemberRows.read(connection, names)) {
                if (row.member().isLive(nowMicros)) {
                    asked.put(row.member().id(), row.member().name());
                    connection.executeCommand(
                            new CommandArguments(publish).add(row.channel()).add(message));
                }
            }
            return new Asked(region, id, asked);
        });
    }

    /** Returns the answers to a question so far. Redis forgets them half a minute after the last one. */
    public List<Answer> answers(Asked question) {
        RedisNames names = names(question.region());
        String list = names.answers(question.id());
        return call(() -> {
            List<Answer> answers = new ArrayList<>();
            for (Object said : connection(names.members()).list(Protocol.Command.LRANGE, list, "0", "-1")) {
                MemberAnswerText.Answer answer = MemberAnswerText.parse(String.valueOf(RedisConnection.asText(said)));
                if (answer != null && question.asked().containsKey(answer.memberId())) {
                    answers.add(new Answer(answer.memberId(), answer.words(), answer.entries()));
                }
            }
            return answers;
        });
    }

    private RedisNames names(String region) {
        return connector.namespace().region(region);
    }

    private RedisConnection connection(String key) {
        HostAndPort master = topology.masterOf(key);
        RoleWatch known = connections.get(master);
        if (known == null || known.connection().isBroken()) {
            known = new RoleWatch(connector.open(master), TimeSource.SYSTEM);
            connections.put(master, known);
        }
        known.check();
        return known.connection();
    }

    private <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (JedisException | BusException e) {
            close();
            topology.refresh();
            throw e instanceof BusException known ? known : new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    @Override
    public void close() {
        connections.values().forEach(watch -> watch.connection().closeQuietly());
        connections.clear();
    }
}
