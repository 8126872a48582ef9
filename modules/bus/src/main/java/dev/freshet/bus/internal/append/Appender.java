package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.PackedRecord;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.bus.internal.thread.BusThread;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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

    private final AppendContext context;
    private final AppendQueue queue;
    private final AppendNodes nodes;
    private final CallPacker packer;
    private final AppendRound round;
    private final Redirects redirects;
    private final PostponedAppends postponed;
    private final SubstituteLeader substitute;
    private final Refusals refusals;

    Appender(AppendContext context, AppendQueue queue, Refusals refusals) {
        this.context = context;
        this.queue = queue;
        this.refusals = refusals;
        this.nodes = new AppendNodes(context);
        this.packer = new CallPacker(context, nodes, refusals);
        Answerer answerer = new Answerer(context, refusals);
        this.round = new AppendRound(context, answerer, refusals);
        this.redirects = new Redirects(context, nodes, packer, round, refusals);
        this.postponed = new PostponedAppends(context, refusals);
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
            case CLOSED -> refuseClosed(List.of(submission));
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
            refuseClosed(left);
        } else if (!left.isEmpty()) {
            refusals.full(left);
        }
    }

    /**
     * Packs, encodes, appends and answers what queued up, in one round trip, together with what was postponed and is due. Only
     * the leader may call it.
     */
    void append(List<Submission> queued) {
        List<Submission> taken = withDue(queued);
        Outage lasting = nodes.broken();
        if (lasting != null) {
            refusals.unavailable(taken, lasting, false);
            return;
        }
        try {
            Map<AppendNode, List<AppendCall>> calls = packer.pack(taken);
            List<UnplacedCall> left = round.exchange(calls); // encodes, appends, and answers each call
            if (!left.isEmpty()) {
                left = redirects.follow(left);
            }
            BusThread.answering(() -> taken.forEach(Submission::settle));
            left.forEach(this::postpone);
            calls.forEach(AppendNode::register);
        } catch (RuntimeException | Error e) {
            failed(taken, e);
        }
    }

    private List<Submission> withDue(List<Submission> queued) {
        List<Submission> due = postponed.takeDue();
        if (due.isEmpty()) {
            return queued;
        }
        List<Submission> all = new ArrayList<>(due);
        all.addAll(queued);
        return all;
    }

    private void postpone(UnplacedCall call) {
        for (PackedRecord record : call.call().records()) {
            record.callers().forEach(submission -> postponed.add(submission, call.why(), call.isRefused()));
        }
    }

    /** Whether changes are postponed, so that {@link #append} should be called soon. Only the leader may call it. */
    boolean isAnyPostponed() {
        return !postponed.isEmpty();
    }

    /** Returns how many keys, tags and prefixes are postponed. Any thread. */
    int postponedWeight() {
        return postponed.weight();
    }

    /** Refuses what comes after the end. */
    void refuseClosed(List<Submission> submissions) {
        Outage lasting = nodes.broken();
        if (lasting != null) {
            refusals.unavailable(submissions, lasting, false);
        } else {
            refusals.closed(submissions);
        }
    }

    /** Refuses what is postponed. Only the leader may call it, when it has ended. */
    void close() {
        refuseClosed(postponed.takeAll());
        nodes.close();
    }

    /** Nothing can be appended from now on: the appending thread ends. Any thread. */
    Outage broken(LinkageError fault) {
        Outage why = Outage.broken(context.connector().faults().broken(fault));
        nodes.broken(why);
        return why;
    }

    /** Returns why nothing can be appended any more, or null. Any thread. */
    @Nullable
    Outage broken() {
        return nodes.broken();
    }

    /** No caller may wait for ever, and the leading thread must live. */
    void failed(List<Submission> taken, Throwable e) {
        if (e instanceof LinkageError missing) {
            refusals.unavailable(taken, broken(missing), true);
        } else if (e instanceof JedisException || e instanceof BusException) {
            Outage why = Outage.of(e);
            nodes.allUnavailable(why);
            refusals.unavailable(taken, why, true);
        } else {
            LOG.error("an append failed unexpectedly", e);
            refusals.ownFault(taken, e);
        }
    }
}
