package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.AppendScripts;
import dev.freshet.bus.internal.encode.AppendSettings;
import dev.freshet.bus.internal.encode.NodeEncoding;
import dev.freshet.bus.internal.encode.ReplicaWait;
import dev.freshet.bus.internal.redis.Backoff;
import dev.freshet.bus.internal.redis.NodeSession;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.retransmit.RetransmitBuffer;
import dev.freshet.bus.internal.retransmit.Retransmitter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One Redis node as the way in sees it: connects to it, notices when it is unavailable or another server, and sends calls.
 * Belongs to the leader, except for {@link #address}, {@link #clock}, {@link #isUp} and {@link #abort}.
 */
final class AppendNode {

    private static final Logger LOG = LoggerFactory.getLogger(AppendNode.class);

    private static final Duration CLOCK_INTERVAL = Duration.ofMillis(500);

    /** Between two attempts to append again what the server refuses. */
    private static final long FINISH_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final HostAndPort address;
    private final AppendContext context;
    private final ReplicaWait replicaWait;
    private final RedisClock clock;
    private final NodeSession session;
    private final Retransmitter retransmitter;
    private final RegionRegistration registration;
    private final AppendReplies replies;
    private final DirectAppends direct;
    private final Opening opening;
    private final Backoff backoff = new Backoff();

    /** Between two connections that are given up because of what the server answers. */
    private final Backoff givenUp = new Backoff();

    private @Nullable NodeEncoding encoding;
    private boolean hasDirect;
    private boolean wasDown;
    private Outage outage = new Outage(Reason.REDIS_AWAY, "not connected yet");
    private boolean regionsCame;
    private long nextAttemptNanos;
    private long nextGiveUpNanos;

    /** The server refused to take records of some region again. */
    private boolean isUnfinished;

    private long nextFinishNanos;

    AppendNode(HostAndPort address, AppendContext context, RetransmitBuffer acknowledged) {
        this.address = address;
        this.context = context;
        this.replicaWait = ReplicaWait.of(context.config());
        this.clock = new RedisClock(context.time());
        this.session = NodeSession.withClock(context.connector(), clock, context.time(), CLOCK_INTERVAL);
        this.retransmitter = new Retransmitter(context, acknowledged, clock);
        this.registration = new RegionRegistration(context, session);
        this.replies = new AppendReplies(context, replicaWait, acknowledged, session, clock, registration);
        this.direct = new DirectAppends(address, session, context, replies);
        this.opening = new Opening(context.connector(), address);
        this.nextAttemptNanos = context.time().nanoTime();
        this.nextGiveUpNanos = nextAttemptNanos;
    }

    HostAndPort address() {
        return address;
    }

    RedisClock clock() {
        return clock;
    }

    boolean isUp() {
        return session.isOpen();
    }

    // ---- the connection

    /**
     * Makes sure that there is a connection. In a cluster it is made on another thread, because other nodes are to be served
     * meanwhile.
     *
     * @return whether there is one; if not, it is being made
     * @throws JedisException if there is none, and none can be made, or it is too early to try again
     */
    boolean ensureUp() {
        if (session.usable() != null) {
            if (regionsCame) {
                session.identifyAgain(this::admit);
            }
            return true;
        }
        if (!opening.isStarted() && context.time().nanoTime() - nextAttemptNanos < 0) {
            throw outage.again();
        }
        boolean hasComeUp;
        try {
            hasComeUp = context.topology().hasSlots() ? openMeanwhile() : reconnect();
        } catch (JedisException | BusException e) {
            down(e);
            throw e;
        }
        if (!hasComeUp && wasDown) {
            throw outage.again();
        }
        return hasComeUp;
    }

    private boolean openMeanwhile() {
        opening.start();
        RedisConnection fresh = opening.take();
        if (fresh == null) {
            return false;
        }
        session.open(fresh, this::admit);
        return cameUp();
    }

    /** Makes a fresh connection, whatever became of the old one. Blocks for a bounded time. */
    boolean reconnect() {
        session.open(address, this::admit);
        return cameUp();
    }

    private boolean cameUp() {
        if (!hasDirect) {
            direct.start();
            hasDirect = true;
        }
        backoff.reset();
        context.connector().faults().mended("appends at " + address);
        if (wasDown) {
            LOG.info("{} is available again", address);
        }
        wasDown = false;
        context.listener().connected(address.toString());
        return true;
    }

    /**
     * Gives up the connection if an answer shows that another server may be the master by now. The next append connects anew. If
     * the address leads to the same server again, that happens ever more rarely.
     */
    void giveUpIfOfFormerMaster(AppendAnswer answer) {
        long now = context.time().nanoTime();
        if (answer instanceof AppendAnswer.Refused refused
                && RedisErrors.isOfFormerMaster(refused.refusal())
                && now - nextGiveUpNanos >= 0) {
            nextGiveUpNanos = now + TimeUnit.MILLISECONDS.toNanos(givenUp.nextMillis());
            session.close();
        }
    }

    /** Says, in words, that {@link #ensureUp} has not finished. */
    String connecting() {
        return "the connection to " + address + " is not made yet";
    }

    /** Whether a connection is being made. */
    boolean isConnecting() {
        return opening.isStarted();
    }

    /** Gives up a connection that broke, which says nothing about the server. */
    void lost() {
        session.close();
    }

    private void admit(RedisConnection connection, String server, boolean isOther) {
        connection.requireMaster();
        if (isOther) {
            registration.forget();
            givenUp.reset();
        }
        // Also if this server is the same as before: another one may have been the master in between.
        long nowNanos = context.time().nanoTime();
        isUnfinished = !retransmitter.appendAgain(
                connection, server, nowNanos, this::livesHere, call -> AppendScripts.append(server, settings(), call));
        nextFinishNanos = nowNanos + FINISH_INTERVAL_NANOS;
        regionsCame = false;
    }

    private boolean livesHere(String region) {
        try {
            return context.topology()
                    .masterOf(context.connector().namespace().region(region).head())
                    .equals(address);
        } catch (BusException e) {
            return false; // it has no master now, which must not hold up the regions of this one
        }
    }

    /** Says that regions came here which lived elsewhere before. */
    void regionsCame() {
        regionsCame = true;
    }

    /** Notes that the node is unavailable for now. Returns why. */
    Outage down(RuntimeException e) {
        Outage now = Outage.of(e);
        outage = now;
        if (now.reason() == Reason.REDIS_MISCONFIGURED) {
            if (e instanceof JedisDataException) { // else it is noted where the connection is made
                context.connector().faults().met("appends at " + address, now.why());
            }
        } else if (!wasDown) {
            LOG.warn("{} is unavailable, no change is appended until it is back: {}", address, now.why());
        }
        if (!wasDown) {
            context.listener().disconnected(address.toString(), now.why());
        }
        wasDown = true;
        nextAttemptNanos = context.time().nanoTime() + TimeUnit.MILLISECONDS.toNanos(backoff.nextMillis());
        session.close();
        context.topology().refresh();
        return now;
    }

    /**
     * Samples the clock if that is due, and so notices a connection that broke, or a master that was demoted, while nothing
     * was appended.
     */
    void tend() {
        if (!session.isOpen()) {
            return;
        }
        try {
            if (session.sampleClockIfDue()) {
                session.connection().requireMaster();
            }
            if (isUnfinished && context.time().nanoTime() - nextFinishNanos >= 0) {
                session.identifyAgain(this::admit);
            }
        } catch (BusException e) {
            down(e);
        } catch (JedisException e) {
            session.close();
        }
    }

    /** Wakes the leader where it waits for an answer. Any thread. */
    void abort() {
        session.abort();
        direct.abort();
    }

    void close() {
        session.close();
        direct.close();
        opening.close();
    }

    // ---- appending

    /** Whether a caller may append to the region here directly: {@link #ensureUp} has nothing to do, and {@link #direct} would send. */
    boolean isReady(String region) {
        // The appending thread asks whether a region that is new here may begin.
        return session.usable() != null && !regionsCame && registration.isKnown(region) && direct.isReady();
    }

    /** The connection that callers append over. */
    DirectAppends direct() {
        return direct;
    }

    /** Returns how calls are encoded for the server as it is known now. */
    NodeEncoding encoding() {
        String server = session.runId();
        boolean sharded = context.topology().hasShardedChannels();
        NodeEncoding current = encoding;
        if (current == null || !current.isFor(server, sharded)) {
            current = new NodeEncoding(
                    server, settings(), replicaWait, context.topology().hasSlots());
            encoding = current;
        }
        return current;
    }

    private AppendSettings settings() {
        return AppendSettings.of(
                context.connector().namespace(),
                context.config(),
                context.topology().hasShardedChannels());
    }

    /** Encodes the calls and sends them without waiting for their answers, so that several nodes work at once. */
    void send(List<AppendCall> calls) {
        encoding().send(session.connection(), registration.admit(calls));
    }

    /** Reads the answers to what {@link #send} sent. If the connection breaks, none of them is known. */
    List<AppendAnswer> receive(List<AppendCall> calls) {
        NodeEncoding sentWith = encoding; // not what would be made by now: only that one knows what was sent
        if (sentWith == null) {
            throw new JedisConnectionException("nothing was sent to " + address);
        }
        return replies.read(session.connection(), sentWith.exchange(), calls);
    }

    /** Appends as {@link #send} and {@link #receive} do, though the calls' regions do not live here yet. */
    List<AppendAnswer> exchangeAsking(List<AppendCall> calls) {
        NodeEncoding asking = NodeEncoding.asking(session.runId(), settings(), replicaWait);
        asking.send(session.connection(), registration.admit(calls));
        return replies.read(session.connection(), asking.exchange(), calls);
    }

    /** Puts a region that is new here into the set of all regions. */
    void register(String region) {
        registration.register(region);
    }

    /** Puts the regions of calls that are new here into the set of all regions. */
    void register(List<AppendCall> calls) {
        registration.register(calls);
    }
}
