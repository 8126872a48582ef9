package dev.freshet.bus.internal.append;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.UnavailableException;
import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.PackedRecord;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.bus.internal.thread.BusThread;
import java.time.Duration;
import java.util.List;

/** Refuses changes: fails their futures with a reason, and tells the listener how many. Any thread. */
final class Refusals {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final PublisherConfig config;
    private final PublisherListener listener;

    Refusals(PublisherConfig config, PublisherListener listener) {
        this.config = config;
        this.listener = listener;
    }

    void full(List<Submission> submissions) {
        refuse(
                submissions,
                Reason.QUEUE_FULL,
                "the queue is full: " + config.queueMaximumInvalidations() + " keys, tags and prefixes wait",
                false);
    }

    void closed(List<Submission> submissions) {
        refuse(submissions, Reason.CLOSED, "the publisher is closed", false);
    }

    void unavailable(Iterable<Submission> submissions, Outage outage, boolean mayHaveBeenAppended) {
        boolean isAway = outage.reason() == Reason.REDIS_AWAY;
        String why = isAway ? "Redis is unavailable: " + outage.why() : outage.why();
        refuse(submissions, outage.reason(), why, mayHaveBeenAppended);
    }

    void unavailableCalls(List<AppendCall> calls, Outage why) {
        for (AppendCall call : calls) {
            for (PackedRecord record : call.records()) {
                unavailable(record.callers(), why, true);
            }
        }
    }

    void ownFault(List<Submission> submissions, Throwable fault) {
        refuse(submissions, Reason.REDIS_AWAY, "the publisher failed unexpectedly: " + fault, true);
    }

    void refusedByRedis(AppendCall call, Reason reason, String why) {
        refuse(call, reason, "Redis refused: " + why, true);
    }

    void tooFewReplicas(AppendCall call, String why) {
        refuse(call, Reason.TOO_FEW_REPLICAS, why, true);
    }

    void tooManyRegions(AppendCall call, String why) {
        refuse(call, Reason.TOO_MANY_REGIONS, why, false);
    }

    private void refuse(AppendCall call, Reason reason, String why, boolean mayHaveBeenAppended) {
        for (PackedRecord record : call.records()) {
            refuse(record.callers(), reason, why, mayHaveBeenAppended);
        }
    }

    private void refuse(Iterable<Submission> submissions, Reason reason, String why, boolean mayHaveBeenAppended) {
        BusThread.answering(() -> refuseEach(submissions, reason, why, mayHaveBeenAppended));
    }

    private void refuseEach(Iterable<Submission> submissions, Reason reason, String why, boolean mayHaveBeenAppended) {
        UnavailableException refusal = new UnavailableException(reason, why, mayHaveBeenAppended, RETRY_AFTER);
        int refused = 0;
        for (Submission submission : submissions) {
            if (!submission.isAnswered()) {
                submission.fail(
                        submission.wasSent() ? new UnavailableException(reason, why, true, RETRY_AFTER) : refusal);
                refused++;
            }
        }
        if (refused > 0) {
            listener.refused(reason, refused);
        }
    }
}
