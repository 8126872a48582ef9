package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.BusThread;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The way in, top to bottom: accept → pack → encode → append → answer.
 *
 * <p>Any thread accepts. One thread at a time leads (the leader/followers pattern) and does the rest; {@link AppendQueue} says
 * which. Normally that is the {@link AppendingThread}. While it waits for work, a calling thread leads in its place, see {@link
 * SubstituteLeader}. No thread waits for a batch to fill: an idle publisher writes one invalidation a record, a busy one many.
 */
final class Appender {

    private static final Logger LOG = LoggerFactory.getLogger(Appender.class);

    private final AppendQueue queue;
    private final AppendNodes nodes;
    private final CallPacker packer;
    private final AppendRound round;
    private final SubstituteLeader substitute;
    private final Refusals refusals;

    Appender(AppendContext context, AppendQueue queue, Refusals refusals) {
        this.queue = queue;
        this.refusals = refusals;
        this.nodes = new AppendNodes(context);
        this.packer = new CallPacker(context, nodes);
        Answerer answerer = new Answerer(context, refusals);
        this.round = new AppendRound(context, nodes, answerer, refusals);
        this.substitute = new SubstituteLeader(context, queue, this, answerer);
    }

    AppendNodes nodes() {
        return nodes;
    }

    /** Accepts a change, or refuses it at once. Any thread; never blocks. */
    void accept(Submission submission) {
        Outage why = nodes.outage();
        if (why != null) {
            refusals.unavailable(List.of(submission), why, false);
            return;
        }
        switch (queue.offer(submission, DirectAppends.mayCarry(submission))) {
            case QUEUED -> {} // whoever leads takes it next
            case LEADING -> substitute.lead(submission);
            case FULL -> refusals.full(List.of(submission));
            case CLOSED -> refusals.closed(List.of(submission));
        }
    }

    /** Accepts changes, in this order, and refuses those for which there is no room. Any thread; never blocks. */
    void acceptAll(List<Submission> submissions) {
        Outage why = nodes.outage();
        if (why != null) {
            refusals.unavailable(submissions, why, false);
            return;
        }
        List<Submission> left = submissions.subList(queue.offerAll(submissions), submissions.size());
        if (!left.isEmpty() && queue.isClosed()) {
            refusals.closed(left);
        } else if (!left.isEmpty()) {
            refusals.full(left);
        }
    }

    /** Packs, encodes, appends and answers what queued up, in one round trip. Only the leader may call it. */
    void append(List<Submission> taken) {
        try {
            Map<AppendNode, List<AppendCall>> calls = packer.pack(taken);
            List<AppendCall> elsewhere = round.exchange(calls); // encodes, appends, and answers each call
            round.redirect(elsewhere);
            BusThread.answering(() -> taken.forEach(Submission::settle));
            calls.forEach(AppendNode::register);
        } catch (RuntimeException | Error e) {
            failed(taken, e);
        }
    }

    /** No caller may wait for ever, and the leading thread must live. */
    void failed(List<Submission> taken, Throwable e) {
        if (e instanceof JedisException || e instanceof BusException) {
            Outage why = Outage.of(e);
            nodes.allUnavailable(why);
            refusals.unavailable(taken, why, true);
        } else {
            LOG.error("an append failed unexpectedly", e);
            refusals.ownFault(taken, e);
        }
    }
}
