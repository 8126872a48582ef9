package dev.freshet.bus.internal.tier;

import dev.freshet.bus.BusException;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.Backoff;
import dev.freshet.bus.internal.redis.RateLimitedLog;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.internal.redis.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
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
 * call that waited too long, or whose node is away, fails at once; what fails is not repeated, but for a connection that turned
 * out to be dead.
 */
final class TierLane {

    private static final Logger LOG = LoggerFactory.getLogger(TierLane.class);

    /** So many calls go in one round trip. */
    private static final int MOST_TOGETHER = 64;

    /** A connection and who is at its other end. */
    private record Link(RedisConnection connection, String runId) {}

    private final RedisConnector connector;
    private final Topology topology;
    private final BlockingQueue<TierCall> queue;
    private final long timeoutNanos;
    private final TimeSource time;
    private final Map<HostAndPort, Link> links = new HashMap<>();
    private final Backoff backoff = new Backoff();
    private final RateLimitedLog faults = new RateLimitedLog(LOG);
    private final Thread thread;
    private long nextAttemptNanos;
    private String awayReason = "";
    private volatile boolean isClosed;
    private volatile @Nullable RedisConnection busy;

    TierLane(
            RedisConnector connector,
            Topology topology,
            BlockingQueue<TierCall> queue,
            long timeoutNanos,
            TimeSource time,
            int number) {
        this.connector = connector;
        this.topology = topology;
        this.queue = queue;
        this.timeoutNanos = timeoutNanos;
        this.time = time;
        this.nextAttemptNanos = time.nanoTime();
        this.thread = new Thread(this::run, "freshet-tier-" + number);
        this.thread.setDaemon(true);
        this.thread.start();
    }

    private void run() {
        List<TierCall> taken = new ArrayList<>(MOST_TOGETHER);
        try {
            while (!isClosed) {
                TierCall first = queue.poll(1, TimeUnit.SECONDS);
                if (first == null) {
                    continue;
                }
                taken.add(first);
                queue.drainTo(taken, MOST_TOGETHER - 1);
                answer(taken);
                taken.clear();
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted while closing");
        } finally {
            taken.forEach(call -> call.fail("the tier is closed"));
            links.values().forEach(link -> link.connection().closeQuietly());
        }
    }

    private void answer(List<TierCall> taken) {
        Map<HostAndPort, List<TierCall>> byNode = new LinkedHashMap<>();
        try {
            for (TierCall call : taken) {
                if (call.reply.isDone() || time.nanoTime() - call.sinceNanos > timeoutNanos) {
                    call.fail("it waited too long for its turn");
                } else if (time.nanoTime() - nextAttemptNanos < 0) {
                    call.fail("Redis is away: " + awayReason);
                } else {
                    byNode.computeIfAbsent(topology.masterOf(call.head), node -> new ArrayList<>())
                            .add(call);
                }
            }
            byNode.forEach(this::exchange);
        } catch (JedisException | BusException e) {
            away(e, taken);
        } catch (RuntimeException | Error e) {
            // Nobody may wait for ever, and the thread must live.
            LOG.error("a call of the Redis tier met a fault of its own", e);
            taken.forEach(call -> call.fail("a fault of its own: " + e));
        }
    }

    private void exchange(HostAndPort node, List<TierCall> calls) {
        boolean wasOpen = links.containsKey(node);
        try {
            try {
                send(node, calls);
            } catch (JedisConnectionException e) {
                drop(node);
                if (!wasOpen || isClosed || time.nanoTime() - calls.get(0).sinceNanos > timeoutNanos) {
                    throw e;
                }
                // It may have been dead for long, and that says nothing about the server. All these calls may be
                // repeated.
                send(node, calls);
            }
            backoff.reset();
        } catch (JedisException | BusException e) {
            drop(node);
            topology.refresh();
            away(e, calls);
        }
    }

    private void send(HostAndPort node, List<TierCall> calls) {
        Link link = link(node);
        RedisConnection connection = link.connection();
        busy = connection;
        List<ScriptCall> scripts =
                calls.stream().map(call -> call.script(link.runId())).toList();
        scripts.forEach(script -> connection.sendCommand(script.byDigest()));
        connection.flushCommands();
        List<Object> replies = connection.getMany(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            Object reply = replies.get(i);
            if (reply instanceof JedisNoScriptException) {
                reply = byText(connection, scripts.get(i));
            }
            settle(node, calls.get(i), reply);
        }
    }

    private static Object byText(RedisConnection connection, ScriptCall script) {
        try {
            return connection.executeCommand(script.byText());
        } catch (JedisConnectionException e) {
            throw e;
        } catch (JedisDataException e) {
            return e;
        }
    }

    private void settle(HostAndPort node, TierCall call, Object reply) {
        if (reply instanceof List<?> list && !list.isEmpty()) {
            call.reply.complete(list);
        } else if (reply instanceof JedisDataException refusal) {
            if (RedisErrors.isElsewhere(refusal)) {
                topology.refresh();
                links.computeIfPresent(node, (at, link) -> {
                    link.connection().setBroken();
                    return link;
                });
            }
            faults.warn("Redis refused a call of its tier", refusal);
            call.fail(String.valueOf(refusal.getMessage()));
        } else {
            throw link(node).connection().unexpected("EVALSHA", reply);
        }
    }

    private Link link(HostAndPort node) {
        Link known = links.get(node);
        if (known != null && !known.connection().isBroken()) {
            return known;
        }
        drop(node);
        RedisConnection fresh = connector.open(node);
        try {
            Link link = new Link(fresh, fresh.runId());
            links.put(node, link);
            return link;
        } catch (RuntimeException e) {
            fresh.closeQuietly();
            throw e;
        }
    }

    private void drop(HostAndPort node) {
        Link link = links.remove(node);
        if (link != null) {
            link.connection().closeQuietly();
        }
    }

    private void away(RuntimeException e, List<TierCall> calls) {
        awayReason = String.valueOf(e.getMessage());
        nextAttemptNanos = time.nanoTime() + TimeUnit.MILLISECONDS.toNanos(backoff.nextMillis());
        if (!isClosed) {
            faults.warn("the Redis tier is away", e);
        }
        calls.forEach(call -> call.fail("Redis is away: " + awayReason));
    }

    /** Ends the thread and what it waits for. */
    void close() {
        isClosed = true;
        thread.interrupt();
        RedisConnection current = busy;
        if (current != null) {
            current.abort();
        }
    }
}
