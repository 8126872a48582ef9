package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.member.MemberRows;
import dev.freshet.bus.internal.redis.Backoff;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RegionRegistry;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Limits;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * The appender's side of one Redis node: its connection, its clock, and who it is. Belongs to the appending thread, or to who
 * stands in for it, but for {@link #clock}, {@link #isUp} and {@link #abort}.
 */
public final class AppendNode {

    private static final Logger LOG = LoggerFactory.getLogger(AppendNode.class);

    private static final int FIRST_CLOCK_SAMPLES = 5;
    private static final long REGISTRATION_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long CLOCK_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** The append script keeps so many marks of where each such share of the byte bound was passed. */
    private static final int LOG_BYTES_MARKS = 16;

    /** A mark must not be skipped by one record. */
    private static final long LEAST_MARK_BYTES = Limits.MAX_BODY_BYTES + Limits.MAX_HEADER_BYTES;

    /** A few hundred bytes each. One more region than that, and all are made anew. */
    private static final int MOST_TEMPLATES = 1_000;

    /** One script call: records of one region. */
    public record Call(String region, List<RecordPacker.Packed> records) {}

    /** What Redis answered: the last record's position and when it was appended, or a refusal. */
    record Answer(
            Call call,
            @Nullable Position last,
            long loggedAtMicros,
            @Nullable JedisDataException refusal) {}

    /**
     * How calls travel to a server, of that server and with these settings.
     *
     * @param templates for callers, by region
     * @param exchange for the appending thread
     */
    private record Ways(
            String runId,
            AppendScripts.AppendSettings settings,
            Map<String, AppendTemplate> templates,
            BatchExchange exchange) {}

    private final HostAndPort address;
    private final RedisConnector connector;
    private final Topology topology;
    private final PublisherConfig config;
    private final PublisherListener listener;
    private final TimeSource time;
    private final RedisClock clock;
    private final RetransmitBuffer acknowledged;
    private final Retransmitter reappender;
    private final Set<String> registered = new HashSet<>();

    private @Nullable Ways ways;
    private final Backoff backoff = new Backoff();

    private final DirectAppends lane;

    private volatile @Nullable RedisConnection connection;
    private volatile @Nullable String runId;
    private boolean hasLane;
    private boolean wasDown;
    private String downReason = "not connected yet";
    private boolean regionsCame;
    private long nextRegistrationNanos;
    private long nextAttemptNanos;
    private long clockSampledNanos;
    private boolean enoughReplicas;
    private @Nullable String waitRefusal;

    AppendNode(
            HostAndPort address,
            RedisConnector connector,
            Topology topology,
            PublisherConfig config,
            PublisherListener listener,
            TimeSource time,
            RetransmitBuffer acknowledged,
            DirectAppends.Owner lanesOwner) {
        this.address = address;
        this.connector = connector;
        this.topology = topology;
        this.config = config;
        this.listener = listener;
        this.time = time;
        this.clock = new RedisClock(time);
        this.acknowledged = acknowledged;
        this.reappender = new Retransmitter(acknowledged, listener);
        this.lane = new DirectAppends(this, connector, time, lanesOwner);
        this.nextAttemptNanos = time.nanoTime();
        this.nextRegistrationNanos = nextAttemptNanos;
    }

    HostAndPort address() {
        return address;
    }

    RedisClock clock() {
        return clock;
    }

    boolean isUp() {
        return connection != null;
    }

    /** Whether a caller may begin here: {@link #ensureUp} has nothing to do, and the lane would send. */
    boolean isReady() {
        RedisConnection current = connection;
        String server = runId;
        return current != null && !current.isBroken() && !regionsCame && server != null && lane.isReady(server);
    }

    /** What callers send over. */
    DirectAppends lane() {
        return lane;
    }

    /** Whether the server at the other end of a connection is this node as it is known. */
    boolean isKnownAs(String server) {
        return server.equals(runId);
    }

    // ---- the connection

    /**
     * Makes sure that there is a connection.
     *
     * @throws JedisException if there is none, and none can be made, or it is too early to try again
     */
    void ensureUp() {
        RedisConnection current = connection;
        if (current != null && !current.isBroken()) {
            if (regionsCame) {
                identify(current);
            }
            return;
        }
        if (time.nanoTime() - nextAttemptNanos < 0) {
            throw new JedisConnectionException(downReason);
        }
        try {
            reconnect();
        } catch (JedisException | BusException e) {
            down(e);
            throw e;
        }
    }

    /** Makes a fresh connection, whatever became of the old one. */
    void reconnect() {
        disconnect();
        RedisConnection fresh = connector.open(address);
        try {
            identify(fresh);
        } catch (RuntimeException e) {
            fresh.closeQuietly();
            throw e;
        }
        connection = fresh;
        if (!hasLane) {
            lane.start();
            hasLane = true;
        }
        backoff.reset();
        if (wasDown) {
            LOG.info("{} is back", address);
        }
        wasDown = false;
        listener.connected(address.toString());
    }

    private void identify(RedisConnection fresh) {
        String server = fresh.runId();
        fresh.requireMaster();
        if (!server.equals(runId)) {
            clock.forget();
            for (int i = 0; i < FIRST_CLOCK_SAMPLES; i++) {
                sampleClock(fresh);
            }
            registered.clear();
        }
        // Also where this node is the same as before: another may have been the master in between.
        reappender.appendAgain(
                fresh,
                server,
                time.nanoTime(),
                region -> topology.masterOf(new RedisNames(region).head()).equals(address),
                call -> AppendBatch.alone(call, server, settings()));
        runId = server;
        regionsCame = false;
    }

    /** Says that regions came here which lived elsewhere before. */
    void regionsCame() {
        regionsCame = true;
    }

    /** Notes that the node is of no use for now. Returns why, in words. */
    String down(RuntimeException e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String why = String.valueOf(root.getMessage());
        downReason = why;
        if (!wasDown) {
            LOG.warn("{} is away, changes are refused until it is back: {}", address, why);
            listener.disconnected(address.toString(), why);
        }
        wasDown = true;
        nextAttemptNanos = time.nanoTime() + TimeUnit.MILLISECONDS.toNanos(backoff.nextMillis());
        disconnect();
        topology.refresh();
        return why;
    }

    private void disconnect() {
        RedisConnection current = connection;
        connection = null;
        if (current != null) {
            current.closeQuietly();
        }
    }

    /**
     * Compares clocks if that is due, and so notices a connection that broke, or a master that was demoted, while nothing
     * was appended.
     */
    void tend() {
        RedisConnection current = connection;
        if (current != null && time.nanoTime() - clockSampledNanos >= CLOCK_INTERVAL_NANOS) {
            try {
                sampleClock(current);
                current.requireMaster();
            } catch (BusException e) {
                down(e);
            } catch (JedisException e) {
                disconnect();
            }
        }
    }

    private void sampleClock(RedisConnection from) {
        long sentNanos = time.nanoTime();
        long redisMicros = MemberRows.redisMicros(from);
        long receivedNanos = time.nanoTime();
        clock.sample(sentNanos, receivedNanos, redisMicros);
        clockSampledNanos = receivedNanos;
    }

    /** Wakes the appending thread where it waits for an answer. Any thread. */
    void abort() {
        RedisConnection current = connection;
        if (current != null) {
            current.abort();
        }
        lane.abort();
    }

    void close() {
        disconnect();
        lane.close();
    }

    // ---- appending

    /** Sends the calls without waiting for their answers, so that several nodes work at once. */
    void send(List<Call> calls) {
        RedisConnection current = requireConnection();
        ways().exchange().send(current, calls);
        if (config.waitReplicas() > 0) {
            current.sendCommand(waitCommand());
        }
        current.flushCommands();
    }

    private Ways ways() {
        String server = requireRunId();
        AppendScripts.AppendSettings settings = settings();
        Ways current = ways;
        if (current == null
                || !current.runId().equals(server)
                || !current.settings().equals(settings)) {
            current = new Ways(
                    server, settings, new HashMap<>(), new BatchExchange(server, settings, topology.hasSlots()));
            ways = current;
        }
        return current;
    }

    /** Returns what a caller sends over another connection to the same server: one call, of one record. */
    byte[] encoded(Call call) {
        Ways current = ways();
        AppendTemplate template = current.templates().get(call.region());
        if (template == null) {
            if (current.templates().size() == MOST_TEMPLATES) {
                current.templates().clear();
            }
            template = new AppendTemplate(
                    new RedisNames(call.region()),
                    current.runId(),
                    current.settings(),
                    config.waitReplicas() > 0 ? waitCommand() : null);
            current.templates().put(call.region(), template);
        }
        return template.bytes(ScriptCall.freshEpoch(), call.records().get(0));
    }

    /** Reads the answers to what {@link #send} sent. If the connection breaks, none of them is known. */
    List<Answer> receive(List<Call> calls) {
        RedisConnection current = requireConnection();
        boolean waits = config.waitReplicas() > 0;
        Ways sentBy = ways; // not what would be made by now: what was sent is known there only
        if (sentBy == null) {
            throw new JedisConnectionException("nothing was sent to " + address);
        }
        BatchExchange.Replies replies = sentBy.exchange().receive(current, waits);
        Object acknowledgements = replies.behind();
        if (waits && replies.sentAgain()) {
            // What was waited for before did not include these.
            current.sendCommand(waitCommand());
            current.flushCommands();
            acknowledgements = current.replies(1).get(0);
        }
        noteReplicas(acknowledgements);
        List<Answer> answers = new ArrayList<>(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            answers.add(answer(current, calls.get(i), replies.each().get(i)));
        }
        return answers;
    }

    /**
     * Reads the answer to a call that was sent over another connection, and writes nothing to that. Returns null where the
     * server does not have the script.
     */
    @Nullable
    Answer receive(RedisConnection from, Call call) {
        boolean waits = config.waitReplicas() > 0;
        List<Object> replies = from.replies(waits ? 3 : 2);
        if (replies.get(1) instanceof JedisNoScriptException) {
            return null;
        }
        noteReplicas(waits ? replies.get(2) : null);
        return answer(from, call, replies.get(1));
    }

    private void noteReplicas(@Nullable Object acknowledgements) {
        enoughReplicas = config.waitReplicas() <= 0
                || (acknowledgements instanceof Long count && count >= config.waitReplicas());
        waitRefusal = acknowledgements instanceof JedisDataException refusal ? refusal.getMessage() : null;
    }

    private CommandArguments waitCommand() {
        return new CommandArguments(Protocol.Command.WAIT)
                .add(config.waitReplicas())
                .add(config.waitTimeout().toMillis());
    }

    private Answer answer(RedisConnection from, Call call, @Nullable Object reply) {
        if (reply instanceof JedisDataException refusal) {
            return new Answer(call, null, 0, refusal);
        }
        String[] fields = reply instanceof byte[] bytes
                ? new String(bytes, StandardCharsets.ISO_8859_1).split(" ", -1)
                : new String[0];
        if (fields.length != 4) {
            throw from.unexpected("EVALSHA", reply);
        }
        Position last;
        long loggedAtMicros;
        try {
            last = new Position(Position.parseEpoch(fields[0]), Long.parseLong(fields[1]));
            loggedAtMicros = Long.parseLong(fields[2]);
        } catch (IllegalArgumentException e) {
            throw from.unexpected("EVALSHA", reply);
        }
        if (fields[3].equals("1")) {
            listener.epochBegan(call.region());
        }
        if (enoughReplicas) {
            long now = time.nanoTime();
            for (RecordPacker.Packed record : call.records()) {
                acknowledged.add(call.region(), record.body(), record.awaited(), now, requireRunId());
            }
        }
        return new Answer(call, last, loggedAtMicros, null);
    }

    /** Whether the configured number of replicas acknowledged the last answers. */
    boolean hadEnoughReplicas() {
        return enoughReplicas;
    }

    /** Why they could not even be waited for, or null. */
    @Nullable
    String waitRefusal() {
        return waitRefusal;
    }

    private AppendScripts.AppendSettings settings() {
        long markBytes = Math.max(LEAST_MARK_BYTES, config.logMaximumBytes() / LOG_BYTES_MARKS);
        return new AppendScripts.AppendSettings(config.logMaximumRecords(), markBytes, topology.hasShardedChannels());
    }

    /** Puts regions that are new here into the set of all regions. */
    void register(List<String> regions) {
        if (registered.containsAll(regions)) {
            return;
        }
        List<String> unknown = regions.stream()
                .filter(region -> !registered.contains(region))
                .distinct()
                .toList();
        long now = time.nanoTime();
        if (!unknown.isEmpty() && now - nextRegistrationNanos >= 0) {
            try {
                RegionRegistry.add(connector, topology, requireConnection(), unknown);
                registered.addAll(unknown);
            } catch (JedisException | BusException e) {
                // The set only lists regions; appending does not depend on it.
                LOG.warn("the set of regions could not be written: {}", e.getMessage());
                nextRegistrationNanos = now + REGISTRATION_PAUSE_NANOS;
            }
        }
    }

    private RedisConnection requireConnection() {
        RedisConnection current = connection;
        if (current == null) {
            throw new JedisConnectionException("not connected to " + address);
        }
        return current;
    }

    private String requireRunId() {
        String server = runId;
        if (server == null) {
            throw new JedisConnectionException("not connected to " + address);
        }
        return server;
    }
}
