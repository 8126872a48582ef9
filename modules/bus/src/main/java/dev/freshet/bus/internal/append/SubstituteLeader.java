package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.PackResult;
import dev.freshet.bus.internal.encode.RecordPacker;
import dev.freshet.bus.internal.encode.Submission;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads in the idle appending thread's place, so that no thread is woken for a single change: the calling thread packs,
 * encodes and sends it, and the thread that waits for the answer leads from then on and appends what queued up meanwhile.
 */
final class SubstituteLeader implements InFlightAppend.Successor {

    private static final Logger LOG = LoggerFactory.getLogger(SubstituteLeader.class);

    private final AppendContext context;
    private final AppendQueue queue;
    private final Appender appender;
    private final Answerer answerer;

    /** Whether a class or method is missing for it: then the appending thread is woken for each change. */
    private volatile boolean isBroken;

    SubstituteLeader(AppendContext context, AppendQueue queue, Appender appender, Answerer answerer) {
        this.context = context;
        this.queue = queue;
        this.appender = appender;
        this.answerer = answerer;
    }

    /** The calling thread leads until its append is sent; leadership then passes to {@link #takeLead}. */
    void lead(Submission submission) {
        @Nullable Submission unsent = submission;
        try {
            AppendNode node = isBroken ? null : appender.nodes().readyHomeOf(submission.region());
            if (node != null) {
                PackResult packed =
                        RecordPacker.pack(List.of(submission), context.config().name(), node.clock());
                if (packed.records().size() == 1) {
                    AppendCall call = new AppendCall(submission.region(), packed.records());
                    byte[] bytes = node.encoding().bytes(call);
                    InFlightAppend append = new InFlightAppend(
                            this,
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
        } catch (LinkageError e) {
            isBroken = true;
            context.connector().faults().broken("an append by the calling thread", e);
        } finally {
            if (unsent != null) {
                unsent.rewind(false);
                queue.resign(unsent);
            }
        }
    }

    /** A direct append has ended, and this thread leads. Whatever fails here, it gives the lead on. */
    @Override
    public void takeLead(InFlightAppend append, @Nullable AppendAnswer answer) {
        Submission submission = append.submission();
        if (answer == null || answer.isElsewhere()) {
            try {
                giveUp(append, answer);
            } finally {
                submission.rewind(answer == null);
                queue.resign(submission);
            }
            context.listener().handedBack(submission.region()); // this thread does not lead any more
            return;
        }
        try {
            append.packed().report(submission.region(), context.listener());
            answerer.answer(answer, context.time().nanoTime() - append.sentNanos());
            submission.settle();
            append.node().giveUpIfOfFormerMaster(answer);
            append.node().register(submission.region());
        } catch (RuntimeException | Error e) {
            appender.failed(List.of(submission), e);
        } finally {
            leadOn();
        }
    }

    /** Gives the appending thread's connection up if it is likely to be of no use. What fails here costs a repetition at most. */
    private void giveUp(InFlightAppend append, @Nullable AppendAnswer answer) {
        try {
            if (answer != null) {
                append.node().giveUpIfOfFormerMaster(answer);
            } else if (context.time().nanoTime() - append.sentNanos()
                    >= context.connector().commandTimeout().toNanos()) {
                // Overdue. A question over the other old connection may take as long again; a fresh one tells at once.
                append.node().lost();
            }
        } catch (LinkageError missing) {
            throw missing; // the thread says so
        } catch (RuntimeException | Error e) {
            LOG.error("a connection was not given up, because that failed unexpectedly", e);
        }
    }

    /** Appends what queued up meanwhile, as this thread is awake already, then resigns. */
    private void leadOn() {
        boolean hasResigned = false;
        try {
            for (List<Submission> next = queue.takeOrResign(); !next.isEmpty(); next = queue.takeOrResign()) {
                appender.append(next);
            }
            hasResigned = true;
        } finally {
            if (!hasResigned) {
                queue.resign(null);
            }
        }
    }
}
