package dev.freshet.bus.internal.follow;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.access.MisconfiguredException;
import dev.freshet.bus.internal.redis.ConfigurationFaults;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.ScriptCall;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;

/**
 * A link's heartbeats, at regular times and whenever one is asked for. Each runs a script on the node for each group of
 * regions. The answer comes over the subscribed connection. Runs on the control thread; any thread may call {@link #cover},
 * {@link #beatNow} and {@link #beat}.
 */
final class Heartbeats {

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);

    /** A heartbeat that is asked for begins at least so long after the one before it. */
    private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** Beside groups of regions, where faults of the configuration are met. */
    private static final String CLOCK = "clock";

    private final FollowContext context;
    private final LinkState state;
    private final ControlConnection control;
    private final MemberUpkeep upkeep;
    private final ScheduledExecutorService controlThread;
    private final Consumer<String> resubscribe;
    private final Consumer<LinkageError> broken;
    private final InFlightBeats inFlight;
    private final AtomicBoolean isAsked = new AtomicBoolean();

    private volatile List<RegionGroup> groups = List.of();
    private volatile long lastBeatNanos;

    /** How many heartbeats failed since the last one that did not; the control thread's. */
    private int failedBeats;

    /**
     * @param resubscribe gives the subscription up, for the reason that it is given
     * @param broken ends the link: a class or method is missing
     */
    Heartbeats(
            FollowContext context,
            LinkState state,
            ControlConnection control,
            MemberUpkeep upkeep,
            ScheduledExecutorService controlThread,
            Consumer<String> resubscribe,
            Consumer<LinkageError> broken) {
        this.context = context;
        this.state = state;
        this.control = control;
        this.upkeep = upkeep;
        this.controlThread = controlThread;
        this.resubscribe = resubscribe;
        this.broken = broken;
        this.inFlight = new InFlightBeats(context.time(), state.clock());
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a heartbeat contains its own faults, and is never cancelled
    void start() {
        long nanos = context.config().heartbeat().toNanos();
        controlThread.scheduleWithFixedDelay(this::beatSafely, nanos, nanos, TimeUnit.NANOSECONDS);
    }

    /** Says whose heads the heartbeats read from now on. */
    void cover(List<RegionGroup> newGroups) {
        groups = newGroups;
    }

    /** Returns when a heartbeat began, or null if it is unknown or forgotten. */
    FeedLink.@Nullable Beat beat(long id) {
        return inFlight.began(id);
    }

    /** Begins a heartbeat soon; calls until it begins count as one. */
    @SuppressWarnings("FutureReturnValueIgnored") // contains its own faults
    void beatNow() {
        if (isAsked.compareAndSet(false, true)) {
            long pauseNanos =
                    Math.max(0, lastBeatNanos + MIN_PAUSE_NANOS - context.time().nanoTime());
            try {
                controlThread.schedule(this::beatSafely, Math.min(pauseNanos, MIN_PAUSE_NANOS), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("closed; no heartbeat goes to {}", state.node());
            }
        }
    }

    // ---- control thread

    private void beatSafely() {
        try {
            beat();
        } catch (JedisException | BusException e) {
            failed(CLOCK, e);
        } catch (LinkageError e) {
            broken.accept(e);
        } catch (RuntimeException | Error e) {
            // Nothing else may end the schedule.
            LOG.error("a heartbeat failed because of a bug", e);
            control.drop();
        }
    }

    private void beat() {
        lastBeatNanos = context.time().nanoTime();
        isAsked.set(false);
        if (!state.isSubscribed() || state.isOver()) {
            return;
        }
        control.sampleClockIfDue();
        mended(CLOCK);
        for (RegionGroup group : groups) {
            try {
                String refusal = send(group);
                if (refusal != null) {
                    control.drop();
                    report(refusal);
                    resubscribe.accept(refusal);
                    return;
                }
                failedBeats = 0;
                mended(group.memberChannel());
            } catch (JedisDataException e) {
                refused(group, e);
            } catch (JedisException e) {
                failed(group.memberChannel(), e);
            }
        }
        upkeep.tend(state.feeds());
    }

    /** Returns why the node refused the heartbeat, or null if its answer is on its way. */
    private @Nullable String send(RegionGroup group) {
        // The moment that the answer confirms comes before everything that the heartbeat says.
        long id = inFlight.begin(groups.size());
        long goneAfterMicros = context.config().goneAfter().toNanos() / 1_000;
        List<HeartbeatScript.RegionRow> rows = new ArrayList<>(group.feeds().size());
        for (RegionFeed feed : group.feeds()) {
            String row = feed.progress()
                    .row(
                            goneAfterMicros,
                            group.memberChannel(),
                            context.config().name());
            rows.add(new HeartbeatScript.RegionRow(feed.names(), row));
        }
        RedisConnection connection = control.open();
        ScriptCall call = HeartbeatScript.call(
                context.memberId(), group.memberChannel(), group.sharded(), id, control.runId(), rows);
        if (!(call.run(connection) instanceof List<?> reply) || reply.size() != 2) {
            throw connection.unexpected("EVALSHA", null);
        }
        return "ok".equals(RedisConnection.asText(reply.get(0)))
                ? null
                : "the server at " + connection.node()
                        + " is not a master, but a read-only replica: it cannot prove that nothing was missed";
    }

    /** In a cluster, the other groups live in other slots, and may still be confirmed. */
    private void refused(RegionGroup group, JedisDataException e) {
        if (!context.topology().hasSlots()) {
            failed(group.memberChannel(), e);
            return;
        }
        note(group.memberChannel(), e);
        String why = RedisErrors.isSlotMoving(e)
                ? "the region's slot moves to another server: " + e.getMessage()
                : String.valueOf(e.getMessage());
        group.feeds().forEach(feed -> feed.progress().trouble(why));
        context.listener().heartbeatFailed(String.valueOf(state.node()), why);
        if (e instanceof JedisMovedDataException) {
            resubscribe.accept("a slot moved to another node");
        }
        giveUpFormerMaster(e);
    }

    private void mended(String place) {
        ConfigurationFaults faults = context.connector().faults();
        if (faults.isAny()) {
            faults.mended(place);
        }
    }

    private void note(String place, JedisDataException refusal) {
        if (RedisErrors.isMisconfigured(refusal)) {
            state.isMisconfigured(true);
            context.connector().faults().met(place, "Redis refuses heartbeats: " + refusal.getMessage());
        }
    }

    private void giveUpFormerMaster(JedisDataException refusal) {
        if (RedisErrors.isOfFormerMaster(refusal)) {
            control.drop();
            resubscribe.accept("the server may not be the master any more: " + refusal.getMessage());
        }
    }

    private void failed(String place, RuntimeException e) {
        if (e instanceof JedisDataException refusal) {
            note(place, refusal);
            giveUpFormerMaster(refusal);
        }
        if (e instanceof MisconfiguredException) {
            state.isMisconfigured(true);
        }
        if (!(e instanceof JedisDataException refusal) || RedisErrors.isElsewhere(refusal)) {
            // The connection broke, or leads to a server that another one took over from.
            control.drop();
        }
        failedBeats++;
        if (e instanceof JedisConnectionException && failedBeats == 1) {
            // The connection for commands often breaks together with the subscribed one, and only a command notices. A
            // fresh connection need not wait for the next regular heartbeat.
            beatNow();
        }
        report(RedisErrors.withRootMessage(e));
        if (e instanceof JedisMovedDataException) {
            resubscribe.accept("a slot moved to another node");
        }
    }

    private void report(String why) {
        state.trouble(why);
        context.listener().heartbeatFailed(String.valueOf(state.node()), why);
    }
}
