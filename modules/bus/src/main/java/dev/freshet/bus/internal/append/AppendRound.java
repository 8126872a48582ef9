package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.RedisErrors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One round of appends: sends to all nodes before it reads from any, so that they work at the same time, and answers the
 * callers of each call. A call is repeated once over a fresh connection if the connection broke, and once at another server
 * if this one is no longer the one to ask. Repeating is harmless: an invalidation that is applied twice evicts nothing the
 * second time. Belongs to the leader.
 */
final class AppendRound {

    private static final Logger LOG = LoggerFactory.getLogger(AppendRound.class);

    private final AppendContext context;
    private final AppendNodes nodes;
    private final Answerer answerer;
    private final Refusals refusals;

    /** What the last server said that is not the one to ask. */
    private String elsewhereReason = "";

    AppendRound(AppendContext context, AppendNodes nodes, Answerer answerer, Refusals refusals) {
        this.context = context;
        this.nodes = nodes;
        this.answerer = answerer;
        this.refusals = refusals;
    }

    /** After a failover, or if a slot moved, calls go to the master as of now, once. */
    void redirect(List<AppendCall> elsewhere) {
        if (!elsewhere.isEmpty()) {
            context.topology().refresh();
            refusals.unavailableCalls(exchange(nodes.route(elsewhere)), Outage.nowhere(elsewhereReason));
        }
    }

    /** Sends to all nodes, then reads from all. Returns the calls that another server should get. */
    List<AppendCall> exchange(Map<AppendNode, List<AppendCall>> calls) {
        long sentNanos = context.time().nanoTime();
        Map<AppendNode, List<AppendCall>> sent = new LinkedHashMap<>();
        calls.forEach((node, ofNode) -> {
            if (send(node, ofNode)) {
                sent.put(node, ofNode);
            }
        });
        List<AppendCall> elsewhere = new ArrayList<>();
        boolean isAllRead = false;
        try {
            sent.forEach((node, ofNode) -> receive(node, ofNode, sentNanos, elsewhere));
            isAllRead = true;
        } finally {
            if (!isAllRead) {
                // A fault of our own. What was not read must not be taken for the answers to what is sent next.
                sent.keySet().forEach(AppendNode::abort);
            }
        }
        return elsewhere;
    }

    /** Returns whether the calls were sent; if not, their callers are answered. */
    private boolean send(AppendNode node, List<AppendCall> calls) {
        try {
            node.ensureUp();
            node.send(calls);
            return true;
        } catch (JedisException | BusException e) {
            return sendOnceMore(node, calls, e);
        }
    }

    private void receive(AppendNode node, List<AppendCall> calls, long sentNanos, List<AppendCall> elsewhere) {
        List<AppendAnswer> answers;
        try {
            try {
                answers = node.receive(calls);
            } catch (JedisException e) {
                if (!sendOnceMore(node, calls, e)) {
                    return;
                }
                answers = node.receive(calls);
            }
        } catch (JedisException e) {
            refusals.unavailableCalls(calls, node.down(e));
            return;
        }
        long elapsedNanos = context.time().nanoTime() - sentNanos;
        for (AppendAnswer answer : answers) {
            if (answer instanceof AppendAnswer.Refused refused && refused.isElsewhere()) {
                elsewhereReason = refused.why();
                elsewhere.add(answer.call());
            } else {
                answerer.answer(answer, elapsedNanos);
            }
        }
    }

    /** A connection that broke, perhaps long ago and unnoticed, says nothing about the server. */
    private boolean sendOnceMore(AppendNode node, List<AppendCall> calls, RuntimeException e) {
        try {
            if (node.isUp()) {
                LOG.info("the connection to {} broke, retrying once: {}", node.address(), RedisErrors.rootMessage(e));
                node.reconnect();
                node.send(calls);
                return true;
            }
            refusals.unavailableCalls(calls, Outage.of(e));
        } catch (JedisException | BusException again) {
            refusals.unavailableCalls(calls, node.down(again));
        }
        return false;
    }
}
