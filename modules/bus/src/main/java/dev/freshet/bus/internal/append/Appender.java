package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.RedisErrors;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The way in, top to bottom: accept → pack → encode → append → answer.
 *
 * <p>One thread at a time leads (the leader/followers pattern) and does everything behind {@link #accept}. If the {@link
 * AppendingThread} waits for work, the calling thread leads instead: it packs, encodes and sends its change itself, and no
 * thread is woken. The thread that waits for the answer leads from then on, and appends what queued up meanwhile. {@link
 * AppendQueue} says who leads.
 *
 * <p>Nobody waits for a batch to fill: an idle publisher writes one invalidation a record, a busy one many.
 */
final class Appender {

    private static final Logger LOG = LoggerFactory.getLogger(Appender.class);

    private final AppendContext context;
    private final AppendQueue queue;
    private final AppendNodes nodes;
    private final CallPacker packer;
    private final AppendRound round;
    private final Answerer answerer;
    private final Refusals refusals;

    Appender(AppendContext context, AppendQueue queue, Refusals refusals) {
        this.context = context;
        this.queue = queue;
        this.refusals = refusals;
        this.answerer = new Answerer(context.listener(), refusals);
        this.nodes = new AppendNodes(context, this::takeLead);
        this.packer = new CallPacker(context, nodes);
        this.round = new AppendRound(context, nodes, answerer, refusals);
    }

    AppendNodes nodes() {
        return nodes;
    }

    /** Accepts a change, or refuses it at once. Any thread; never blocks. */
    void accept(Submission submission) {
        String why = nodes.unavailableReason();
        if (why != null) {
            refusals.unavailable(List.of(submission), why, false);
            return;
        }
        switch (queue.offer(submission, DirectAppends.mayCarry(submission))) {
            case QUEUED -> {} // whoever leads takes it next
            case LEADING -> lead(submission);
            case FULL -> refusals.full(List.of(submission));
            case CLOSED -> refusals.closed(List.of(submission));
        }
    }

    /** Accepts changes, in this order, and refuses those for which there is no room. Any thread; never blocks. */
    void acceptAll(List<Submission> submissions) {
        String why = nodes.unavailableReason();
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

    /** The leader's work: everything that queued up goes in one round. */
    void append(List<Submission> taken) {
        try {
            Map<AppendNode, List<AppendCall>> calls = packer.pack(taken);
            round.append(calls); // encodes, sends to all nodes, and answers the callers of each call
            taken.forEach(Submission::settle);
            calls.forEach(AppendNode::register);
        } catch (RuntimeException | Error e) {
            failed(taken, e);
        }
    }

    /** The calling thread leads until its append is sent; leadership then passes to {@link #takeLead}. */
    private void lead(Submission submission) {
        @Nullable Submission unsent = submission;
        try {
            AppendNode node = nodes.readyHomeOf(submission.region());
            if (node != null) {
                PackResult packed =
                        RecordPacker.pack(List.of(submission), context.config().name(), node.clock());
                if (packed.records().size() == 1) {
                    AppendCall call = new AppendCall(submission.region(), packed.records());
                    byte[] bytes = node.encoding().bytes(call);
                    InFlightAppend append = new InFlightAppend(
                            node,
                            call,
                            bytes,
                            submission,
                            packed,
                            context.time().nanoTime());
                    unsent = null; // from here on this thread does not lead any more
                    node.direct().send(append);
                }
            }
        } finally {
            if (unsent != null) {
                unsent.rewind(false);
                queue.resign(unsent);
            }
        }
    }

    /** A direct append has ended, and this thread leads. Without an answer nobody knows whether it is in the log. */
    private void takeLead(InFlightAppend append, @Nullable AppendAnswer answer) {
        Submission submission = append.submission();
        String region = submission.region();
        if (answer == null || answer.isElsewhere()) {
            submission.rewind(answer == null);
            context.listener().handedBack(region);
            queue.resign(submission);
            return;
        }
        try {
            append.packed().report(region, context.listener());
            answerer.answer(answer, context.time().nanoTime() - append.sentNanos());
            submission.settle();
            append.node().register(region);
        } catch (RuntimeException | Error e) {
            failed(List.of(submission), e);
        } finally {
            leadOn();
        }
    }

    /** Appends what queued up meanwhile, as this thread is awake already, then resigns. */
    private void leadOn() {
        boolean hasResigned = false;
        try {
            for (List<Submission> next = queue.takeOrResign(); !next.isEmpty(); next = queue.takeOrResign()) {
                append(next);
            }
            hasResigned = true;
        } finally {
            if (!hasResigned) {
                queue.resign(null);
            }
        }
    }

    /** No caller may wait for ever, and the leading thread must live. */
    private void failed(List<Submission> taken, Throwable e) {
        if (e instanceof JedisException || e instanceof BusException) {
            String why = RedisErrors.rootMessage(e);
            nodes.allUnavailable(why);
            refusals.unavailable(taken, why, true);
        } else {
            LOG.error("an append met a fault of the publisher's own", e);
            refusals.ownFault(taken, e);
        }
    }
}
