package dev.freshet.bus.internal.tier;

import dev.freshet.bus.BusException;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.Backoff;
import dev.freshet.bus.internal.redis.NodeSession;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.bus.internal.thread.BusThread;
import dev.freshet.bus.internal.thread.RateLimitedLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * One thread of a tier, with a connection of its own to each node: takes what waits, sends all of it, reads the answers. A
 * call that waited too long, or whose node is unavailable, fails at once. A call is repeated only if the connection turns out
 * to be dead that it was to go over.
 */
final class TierLane {

    private static final Logger LOG = LoggerFactory.getLogger(TierLane.class);

    /** At most this many calls go in one round trip. */
    private static final int MAX_TOGETHER = 64;

    private final RedisConnector connector;
    private final Topology topology;
    private final TierQueue queue;
    private final long timeoutNanos;
    private final TimeSource time;
    private final Map<HostAndPort, NodeSession> sessions = new HashMap<>();
    private final Backoff backoff = new Backoff();
    private final RateLimitedLog faults = new RateLimitedLog(LOG);
    private final Thread thread;
    private long nextAttemptNanos;
    private String unavailableReason = "";
    private volatile boolean isClosed;

    /** The session that was used last, for {@link #close}. */
    private volatile @Nullable NodeSession busy;

    TierLane(
            RedisConnector connector,
            Topology topology,
            TierQueue queue,
            long timeoutNanos,
            TimeSource time,
            int number) {
        this.connector = connector;
        this.topology = topology;
        this.queue = queue;
        this.timeoutNanos = timeoutNanos;
        this.time = time;
        this.nextAttemptNanos = time.nanoTime();
        this.thread = new BusThread(this::run, "freshet-tier-" + number);
        this.thread.start();
    }

    private void run() {
        List<TierCall> taken = new ArrayList<>(MAX_TOGETHER);
        try {
            while (!isClosed && !queue.isClosed()) {
                TierCall first = take();
                if (first == null) {
                    continue;
                }
                taken.add(first);
                queue.drainTo(taken, MAX_TOGETHER - 1);
                answer(taken);
                taken.clear();
            }
        } finally {
            taken.forEach(call -> call.fail("the tier is closed"));
            sessions.values().forEach(NodeSession::close);
        }
    }

    /** An interrupt wakes this thread. Only {@link #close} ends it. */
    private @Nullable TierCall take() {
        try {
            return queue.take();
        } catch (InterruptedException e) {
            LOG.debug("interrupted");
            return null;
        }
    }

    /** Answers each of these calls: with a reply of its node, or with why there is none. */
    private void answer(List<TierCall> taken) {
        try {
            byNode(taken).forEach(this::exchange);
        } catch (JedisException | BusException e) {
            unavailable(e, taken);
        } catch (LinkageError e) {
            // Another lane would fare no better.
            String why = connector.faults().broken(e);
            queue.close(why);
            taken.forEach(call -> call.fail(why));
        } catch (RuntimeException | Error e) {
            // No caller may wait for ever, and the thread must live.
            LOG.error("a call of the Redis tier failed unexpectedly", e);
            taken.forEach(call -> call.fail("the tier failed unexpectedly: " + e));
        }
    }

    private Map<HostAndPort, List<TierCall>> byNode(List<TierCall> taken) {
        Map<HostAndPort, List<TierCall>> byNode = new LinkedHashMap<>();
        for (TierCall call : taken) {
            if (call.reply.isDone() || time.nanoTime() - call.sinceNanos > timeoutNanos) {
                call.fail("it waited too long for its turn");
            } else if (time.nanoTime() - nextAttemptNanos < 0) {
                call.fail("Redis is unavailable: " + unavailableReason);
            } else {
                byNode.computeIfAbsent(topology.masterOf(call.head), node -> new ArrayList<>())
                        .add(call);
            }
        }
        return byNode;
    }

    private void exchange(HostAndPort node, List<TierCall> calls) {
        NodeSession session = sessions.computeIfAbsent(node, first -> NodeSession.withoutClock(connector));
        boolean wasOpen = session.isOpen();
        try {
            try {
                send(node, session, calls);
            } catch (JedisConnectionException e) {
                session.close();
                if (!wasOpen || isClosed || time.nanoTime() - calls.get(0).sinceNanos > timeoutNanos) {
                    throw e;
                }
                // The connection may have been dead for long, which says nothing about the server. All these calls may
                // be repeated.
                send(node, session, calls);
            }
            backoff.reset();
            connector.faults().mended("connections of the tier");
        } catch (JedisException | BusException e) {
            session.close();
            topology.refresh();
            unavailable(e, calls);
        }
    }

    private void send(HostAndPort node, NodeSession session, List<TierCall> calls) {
        busy = session;
        RedisConnection usable = session.usable();
        RedisConnection connection = usable == null ? session.open(node) : usable;
        String runId = session.runId();
        List<ScriptCall> scripts =
                calls.stream().map(call -> call.script(runId)).toList();
        scripts.forEach(script -> connection.sendCommand(script.byDigest()));
        connection.flushCommands();
        List<Object> replies = connection.getMany(calls.size());
        boolean isOfFormerMaster = false;
        for (int i = 0; i < calls.size(); i++) {
            Object reply = replies.get(i);
            if (reply instanceof JedisNoScriptException) {
                reply = byText(connection, scripts.get(i));
            }
            settle(connection, calls.get(i), reply);
            isOfFormerMaster |= TierReply.isOfFormerMaster(reply);
        }
        if (isOfFormerMaster) {
            throw new BusException("the server at " + node + " is not a master any more");
        }
    }

    private static Object byText(RedisConnection connection, ScriptCall script) {
        try {
            return connection.executeCommand(script.byText());
        } catch (JedisDataException e) {
            return e;
        }
    }

    private void settle(RedisConnection from, TierCall call, Object reply) {
        if (reply instanceof List<?> list && !list.isEmpty()) {
            if (connector.faults().isAny()) {
                connector.faults().mended("the tier");
            }
            call.reply.complete(list);
        } else if (reply instanceof JedisDataException refusal) {
            if (RedisErrors.isElsewhere(refusal)) {
                topology.refresh();
                from.setBroken();
            }
            if (RedisErrors.isMisconfigured(refusal)) {
                connector.faults().met("the tier", "Redis refuses calls of its tier: " + refusal.getMessage());
            } else {
                faults.warn("Redis refused a call of its tier", refusal);
            }
            call.fail(String.valueOf(refusal.getMessage()));
        } else {
            throw from.unexpected("EVALSHA", reply);
        }
    }

    private void unavailable(RuntimeException e, List<TierCall> calls) {
        unavailableReason = String.valueOf(e.getMessage());
        nextAttemptNanos = time.nanoTime() + TimeUnit.MILLISECONDS.toNanos(backoff.nextMillis());
        if (RedisErrors.isMisconfigured(e)) {
            if (e instanceof JedisDataException) { // else it is noted where the connection is made
                connector.faults().met("connections of the tier", unavailableReason);
            }
        } else if (!isClosed) {
            faults.warn("Redis is unavailable to its tier", e);
        }
        calls.forEach(call -> call.fail("Redis is unavailable: " + unavailableReason));
    }

    /** Ends the thread and what it waits for. */
    void close() {
        isClosed = true;
        thread.interrupt();
        NodeSession current = busy;
        if (current != null) {
            current.abort();
        }
    }
}
