package dev.freshet.bus.internal.follow;

import dev.freshet.bus.BusException;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Member;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.member.MemberRow;
import dev.freshet.bus.internal.member.MemberRows;
import dev.freshet.bus.internal.redis.RateLimitedLog;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RegionRegistry;
import dev.freshet.bus.internal.redis.RespGuard;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/**
 * The commands that a subscriber sends to its node: heartbeats, reads of the log, the clock, the members rows. Belongs to
 * the control thread, but for {@link #use}, {@link #group} and {@link #abort}.
 */
public final class ControlConnection {

    private static final Logger LOG = LoggerFactory.getLogger(ControlConnection.class);

    /** How many round trips a new server's clock is judged by at once. */
    private static final int FIRST_CLOCK_SAMPLES = 5;

    /** The rows of members that are gone for so many times their own bound are taken away. */
    private static final long GONE_FACTOR = 10;

    /** Each region's turn to have its members' rows looked through comes in about so many heartbeats. */
    private static final int BEATS_PER_ROUND = 20;

    /** They are not looked through again before so many heartbeats. */
    private static final int LEAST_BEATS_BETWEEN_LOOKS = 10;

    /** For so many rows more, a look comes a heartbeat later: or each pod would read all pods' rows at each heartbeat. */
    private static final int ROWS_PER_BEAT = 10;

    /** How often this member's regions are put into the set of all regions. */
    private static final int BEATS_PER_REGISTRATION = 120;

    /** Between two looks at the clock, its error grows by some 30 µs; a look at each heartbeat would be a third of its cost. */
    private static final long CLOCK_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** How long an answer waits to be read. */
    private static final String ANSWER_MILLIS = "30000";

    /** Regions whose heads one script may read, and the member's channel beside them. */
    record Group(List<RegionFeed> feeds, String memberChannel) {}

    private final RedisConnector connector;
    private final Topology topology;
    private final SubscriberConfig config;
    private final String memberId;
    private final RedisClock clock;
    private final TimeSource time;

    private volatile List<Group> groups = List.of();
    private volatile boolean sharded;
    private volatile @Nullable HostAndPort node;
    private volatile @Nullable RedisConnection connection;
    private @Nullable String runId;
    private final RateLimitedLog tendFaults = new RateLimitedLog(LOG);
    private long clockSampledNanos;
    private long beatsDone;
    private int nextToTend;

    /** When the members' rows of each region are to be looked through next. */
    private final Map<String, Long> rowsDueNanos = new HashMap<>();

    ControlConnection(
            RedisConnector connector,
            Topology topology,
            SubscriberConfig config,
            String memberId,
            RedisClock clock,
            TimeSource time) {
        this.connector = connector;
        this.topology = topology;
        this.config = config;
        this.memberId = memberId;
        this.clock = clock;
        this.time = time;
        this.clockSampledNanos = time.nanoTime() - CLOCK_INTERVAL_NANOS;
    }

    /** Says which node to talk to from now on. */
    void use(HostAndPort master) {
        node = master;
    }

    /** Says which regions live there: in a cluster each in a slot of its own, elsewhere all together. */
    void group(List<RegionFeed> feeds, boolean apart, boolean shardedChannels) {
        sharded = shardedChannels;
        if (apart) {
            groups = feeds.stream().map(feed -> groupOf(List.of(feed))).toList();
        } else {
            groups = List.of(groupOf(feeds));
        }
    }

    private Group groupOf(List<RegionFeed> feeds) {
        return new Group(feeds, feeds.get(0).names().memberChannel(memberId));
    }

    List<Group> groups() {
        return groups;
    }

    /**
     * All channels to subscribe to, a list for each group: those of a group go in one command, which in a cluster may name
     * only one slot, so that the member's own channel is never heard without the records'.
     */
    List<List<String>> channels() {
        List<List<String>> channels = new ArrayList<>();
        for (Group group : groups) {
            List<String> together = new ArrayList<>();
            group.feeds().forEach(feed -> together.add(feed.names().channel()));
            together.add(group.memberChannel());
            channels.add(together);
        }
        return channels;
    }

    private RedisConnection connection() {
        RedisConnection current = connection;
        HostAndPort wanted = node;
        if (wanted == null) {
            throw new BusException("no node is known");
        }
        if (current != null && (!current.node().equals(wanted) || current.isBroken())) {
            drop();
            current = null;
        }
        if (current == null) {
            current = connector.open(wanted);
            connection = current;
            try {
                identify(current);
            } catch (RuntimeException e) {
                drop(); // nobody may go on with a server of which it is not known who it is
                throw e;
            }
        }
        return current;
    }

    /** A clock belongs to a server: what another one's said is worth nothing. */
    private void identify(RedisConnection fresh) {
        String nowRunning = fresh.runId();
        if (!nowRunning.equals(runId)) {
            clock.forget();
            for (int i = 0; i < FIRST_CLOCK_SAMPLES; i++) {
                sample(fresh);
            }
            runId = nowRunning; // only now: a connection that breaks before leaves the rest to the next one
        }
    }

    /** Compares clocks if that is due. */
    void tendClock() {
        RedisConnection current = connection();
        if (time.nanoTime() - clockSampledNanos >= CLOCK_INTERVAL_NANOS) {
            sample(current);
        }
    }

    private void sample(RedisConnection from) {
        long sentNanos = time.nanoTime();
        long redisMicros = MemberRows.redisMicros(from);
        long receivedNanos = time.nanoTime();
        clock.sample(sentNanos, receivedNanos, redisMicros);
        clockSampledNanos = receivedNanos;
    }

    /** Runs one heartbeat. Returns why the node refused it, or null if its answer is on its way. */
    @Nullable
    String beat(Group group, long heartbeat) {
        List<HeartbeatScript.RegionRow> rows = new ArrayList<>(group.feeds().size());
        for (RegionFeed feed : group.feeds()) {
            String row = feed.row(config.goneAfter().toNanos() / 1_000, group.memberChannel(), config.name());
            rows.add(new HeartbeatScript.RegionRow(feed.names(), row));
        }
        RedisConnection current = connection();
        String server = runId;
        if (server == null) {
            throw new BusException("who the server at " + current.node() + " is, is not known");
        }
        ScriptCall call = HeartbeatScript.call(memberId, group.memberChannel(), sharded, heartbeat, server, rows);
        if (!(call.run(current) instanceof List<?> reply) || reply.size() != 2) {
            throw current.unexpected("EVALSHA", null);
        }
        String verdict = RedisConnection.asText(reply.get(0));
        return "ok".equals(verdict)
                ? null
                : "the server at " + current.node()
                        + " is not a master, but a read-only replica: it cannot prove that nothing was missed";
    }

    /**
     * Reads what the log holds behind a position. An entry that is not a readable record of its own id becomes null.
     * Returns null if the key holds no log at all.
     */
    @Nullable
    List<RegionStateMachine.@Nullable Arrival> readLog(RegionFeed feed, Position from, long upToSequence) {
        List<?> entries;
        try {
            entries = connection()
                    .list(
                            Protocol.Command.XRANGE,
                            feed.names().log(),
                            (from.sequence() + 1) + "-0",
                            upToSequence + "-0",
                            "COUNT",
                            Integer.toString(config.replayPageRecords()));
        } catch (JedisDataException e) {
            String why = String.valueOf(e.getMessage());
            if (why.startsWith("WRONGTYPE")) {
                return null;
            }
            if (why.startsWith("NOPERM") || why.startsWith("ERR unknown command")) {
                // What cannot be read now cannot be read later: the gap stays, and only a reset covers it.
                LOG.warn("region {}: what was missed cannot be read, the region is reset: {}", feed.region(), why);
                return null;
            }
            throw e;
        } catch (JedisConnectionException e) {
            if (RespGuard.RefusedException.isTooLarge(e)) {
                LOG.warn("region {}: the log cannot be read, the region is reset: {}", feed.region(), e.getMessage());
                drop();
                return null;
            }
            throw e;
        }
        long receivedAtMicros = clock.nowMicros();
        List<RegionStateMachine.@Nullable Arrival> arrivals = new ArrayList<>(entries.size());
        for (Object entry : entries) {
            arrivals.add(
                    entry instanceof List<?> fields && fields.size() == 2 ? arrival(fields, receivedAtMicros) : null);
        }
        return arrivals;
    }

    /** Reads an entry of the log as XRANGE returns it, or returns null if it is not a readable record of its own id. */
    public static RegionStateMachine.@Nullable Arrival arrival(List<?> entry, long receivedAtMicros) {
        String id = RedisConnection.asText(entry.get(0));
        if (!(entry.get(1) instanceof List<?> fields)
                || fields.size() < 2
                || !(fields.get(1) instanceof byte[] frame)
                || !(RecordCodec.decode(frame) instanceof Decoded.Intact intact)
                || !(intact.header().position().sequence() + "-0").equals(id)) {
            return null;
        }
        return new RegionStateMachine.Arrival(new LoggedRecord(intact.header(), intact.body()), receivedAtMicros);
    }

    /** Counts the live members of some regions, takes the rows of those long gone away, and keeps the regions' set. */
    void tend(List<RegionFeed> feeds) {
        try {
            tendRows(feeds);
        } catch (JedisRedirectionException e) {
            throw e;
        } catch (JedisDataException e) {
            // Nobody is less coherent for it: what is confirmed is confirmed by the heartbeat.
            tendFaults.warn("the rows of members cannot be looked after", e);
        }
    }

    private void tendRows(List<RegionFeed> feeds) {
        if (feeds.isEmpty()) {
            return;
        }
        int share = (feeds.size() + BEATS_PER_ROUND - 1) / BEATS_PER_ROUND;
        for (int i = 0; i < share; i++) {
            RegionFeed next = feeds.get(Math.floorMod(nextToTend++, feeds.size()));
            Long dueNanos = rowsDueNanos.get(next.region());
            if (dueNanos == null || time.nanoTime() - dueNanos >= 0) {
                int rows = tend(next);
                long beats = Math.max(LEAST_BEATS_BETWEEN_LOOKS, rows / ROWS_PER_BEAT);
                rowsDueNanos.put(
                        next.region(),
                        time.nanoTime() + beats * config.heartbeat().toNanos());
            }
        }
        if (beatsDone++ % BEATS_PER_REGISTRATION == 0) {
            RegionRegistry.add(
                    connector,
                    topology,
                    connection(),
                    feeds.stream().map(RegionFeed::region).toList());
        }
    }

    /** Returns how many rows there are. */
    private int tend(RegionFeed feed) {
        RedisConnection current = connection();
        long nowMicros = clock.nowMicros();
        int live = 0;
        List<MemberRow> rows = MemberRows.read(current, feed.names());
        for (MemberRow row : rows) {
            Member member = row.member();
            if (member.isLive(nowMicros)) {
                live++;
            } else if (nowMicros - member.seenAtMicros() > GONE_FACTOR * member.goneAfterMicros()) {
                current.number(Protocol.Command.HDEL, feed.names().members(), member.id());
            }
        }
        feed.liveMembers(live);
        return rows.size();
    }

    /** Answers how many entries would go. A question that cannot be answered is left to its asker's patience. */
    void answer(MemberMessage.Question question, List<RegionFeed> feeds) {
        for (RegionFeed feed : feeds) {
            if (feed.region().equals(question.region())) {
                try {
                    String list = feed.names().answers(question.id());
                    long count = feed.reader().count(question.selectors());
                    RedisConnection current = connection();
                    current.number(Protocol.Command.RPUSH, list, memberId + " " + count);
                    current.number(Protocol.Command.PEXPIRE, list, ANSWER_MILLIS);
                } catch (RuntimeException e) {
                    LOG.warn("a dry run of region {} could not be answered", feed.region(), e);
                    drop();
                }
            }
        }
    }

    /** Takes this member's rows away. */
    void leave(List<RegionFeed> feeds) {
        RedisConnection current = connection;
        if (current != null) {
            try {
                for (RegionFeed feed : feeds) {
                    current.number(Protocol.Command.HDEL, feed.names().members(), memberId);
                }
            } catch (JedisException e) {
                LOG.debug("could not say good-bye; the rows age out", e);
            }
        }
        drop();
    }

    /** Gives the connection up; the next command opens another. */
    void drop() {
        RedisConnection current = connection;
        connection = null;
        if (current != null) {
            current.closeQuietly();
        }
    }

    /** Wakes the control thread where it waits for an answer. Any thread. */
    void abort() {
        RedisConnection current = connection;
        if (current != null) {
            current.abort();
        }
    }
}
