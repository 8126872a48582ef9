package dev.freshet.bus.internal.append;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Leads in the idle appending thread's place, so that no thread is woken for a single change: the calling thread packs,
 * encodes and sends it, and the thread that waits for the answer leads from then on and appends what queued up meanwhile.
 */
final class SubstituteLeader implements InFlightAppend.Successor {

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

    /** A direct append has ended, and this thread leads. Without an answer nobody knows whether it is in the log. */
    @Override
    public void takeLead(InFlightAppend append, @Nullable AppendAnswer answer) {
        Submission submission = append.submission();
        if (answer != null) {
            append.node().giveUpIfOfFormerMaster(answer);
        }
        String region = submission.region();
        if (answer == null || answer.isElsewhere()) {
            if (answer == null && isOverdue(append)) {
                // Over the other old connection a question may take as long again. A fresh one shows at once whether
                // the
                // server answers.
                append.node().lost();
            }
            submission.rewind(answer == null);
            queue.resign(submission);
            context.listener().handedBack(region); // this may be a caller's thread, so it must not lead any more
            return;
        }
        try {
            append.packed().report(region, context.listener());
            answerer.answer(answer, context.time().nanoTime() - append.sentNanos());
            submission.settle();
            append.node().register(region);
        } catch (RuntimeException | Error e) {
            appender.failed(List.of(submission), e);
        } finally {
            leadOn();
        }
    }

    /** Whether it is known that the answer is overdue. A thread that lacks a method ends with that, but must first give the lead on. */
    private boolean isOverdue(InFlightAppend append) {
        try {
            return context.time().nanoTime() - append.sentNanos()
                    >= context.connector().commandTimeout().toNanos();
        } catch (LinkageError missing) {
            return false;
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
