package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
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
 * callers of each call. If a connection broke, a call is repeated once over a fresh one; in a cluster it is left for a later
 * round, so that the other nodes are served meanwhile. Repeating is harmless: an invalidation that is applied twice evicts
 * nothing the second time. Belongs to the leader.
 */
final class AppendRound {

    private static final Logger LOG = LoggerFactory.getLogger(AppendRound.class);

    private final AppendContext context;
    private final Answerer answerer;
    private final Refusals refusals;

    AppendRound(AppendContext context, Answerer answerer, Refusals refusals) {
        this.context = context;
        this.answerer = answerer;
        this.refusals = refusals;
    }

    /** Sends to all nodes, then reads from all. Returns the calls that another server may take, or the same one in a moment. */
    List<UnplacedCall> exchange(Map<AppendNode, List<AppendCall>> calls) {
        List<UnplacedCall> left = new ArrayList<>();
        long sentNanos = context.time().nanoTime();
        Map<AppendNode, List<AppendCall>> sent = new LinkedHashMap<>();
        calls.forEach((node, ofNode) -> {
            if (send(node, ofNode, left)) {
                sent.put(node, ofNode);
            }
        });
        boolean isAllRead = false;
        try {
            sent.forEach((node, ofNode) -> receive(node, ofNode, sentNanos, left));
            isAllRead = true;
        } finally {
            if (!isAllRead) {
                // A fault of our own. What was not read must not be taken for the answers to what is sent next.
                sent.keySet().forEach(AppendNode::abort);
            }
        }
        return left;
    }

    /** Appends at a node that takes over these calls' slots, and is not their master yet. Returns what it does not take. */
    List<UnplacedCall> exchangeAsking(AppendNode node, List<AppendCall> calls) {
        List<UnplacedCall> left = new ArrayList<>();
        long sentNanos = context.time().nanoTime();
        try {
            if (node.ensureUp()) {
                answer(node, node.exchangeAsking(calls), sentNanos, left);
            } else {
                leave(calls, node.connecting(), left);
            }
        } catch (JedisException | BusException e) {
            lost(node, calls, e, left);
        }
        return left;
    }

    /** Returns whether the calls were sent; if not, their callers are answered, or they are left. */
    private boolean send(AppendNode node, List<AppendCall> calls, List<UnplacedCall> left) {
        try {
            if (!node.ensureUp()) {
                leave(calls, node.connecting(), left);
                return false;
            }
            node.send(calls);
            return true;
        } catch (JedisException | BusException e) {
            return sendOnceMore(node, calls, e, left);
        }
    }

    private void receive(AppendNode node, List<AppendCall> calls, long sentNanos, List<UnplacedCall> left) {
        List<AppendAnswer> answers;
        try {
            try {
                answers = node.receive(calls);
            } catch (JedisException e) {
                if (!sendOnceMore(node, calls, e, left)) {
                    return;
                }
                answers = node.receive(calls);
            }
        } catch (JedisException e) {
            refusals.unavailableCalls(calls, node.down(e));
            return;
        }
        answer(node, answers, sentNanos, left);
    }

    private void answer(AppendNode node, List<AppendAnswer> answers, long sentNanos, List<UnplacedCall> left) {
        long elapsedNanos = context.time().nanoTime() - sentNanos;
        for (AppendAnswer answer : answers) {
            if (answer instanceof AppendAnswer.Refused refused && refused.isElsewhere()) {
                left.add(UnplacedCall.refused(refused, node.address()));
            } else {
                answerer.answer(answer, elapsedNanos);
            }
        }
        answers.forEach(node::giveUpIfOfFormerMaster);
    }

    /** A connection that broke, perhaps long ago and unnoticed, says nothing about the server. */
    private boolean sendOnceMore(AppendNode node, List<AppendCall> calls, RuntimeException e, List<UnplacedCall> left) {
        if (!node.isUp() || context.topology().hasSlots()) {
            lost(node, calls, e, left);
            return false;
        }
        try {
            LOG.info("the connection to {} broke, retrying once: {}", node.address(), RedisErrors.rootMessage(e));
            node.reconnect();
            node.send(calls);
            return true;
        } catch (JedisException | BusException again) {
            refusals.unavailableCalls(calls, node.down(again));
            return false;
        }
    }

    private void lost(AppendNode node, List<AppendCall> calls, RuntimeException e, List<UnplacedCall> left) {
        String why = RedisErrors.rootMessage(e);
        if (node.isUp()) {
            LOG.info("the connection to {} broke, another is being made: {}", node.address(), why);
            node.lost();
            leave(calls, why, left);
        } else {
            refusals.unavailableCalls(calls, Outage.of(e));
        }
    }

    private static void leave(List<AppendCall> calls, String why, List<UnplacedCall> left) {
        calls.forEach(call -> left.add(UnplacedCall.withoutConnection(call, why)));
    }
}
