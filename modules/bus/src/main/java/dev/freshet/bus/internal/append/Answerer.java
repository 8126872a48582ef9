package dev.freshet.bus.internal.append;

import dev.freshet.bus.PublisherListener;
import dev.freshet.schema.Position;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the callers of a call, and the listener, what Redis answered. Belongs to the leader. */
final class Answerer {

    private static final Logger LOG = LoggerFactory.getLogger(Answerer.class);

    private final PublisherListener listener;
    private final Refusals refusals;

    Answerer(PublisherListener listener, Refusals refusals) {
        this.listener = listener;
        this.refusals = refusals;
    }

    /** Notes the positions of logged records with their callers, who hear when all their records are in; or refuses. */
    void answer(AppendAnswer answer, long elapsedNanos) {
        if (answer instanceof AppendAnswer.Logged logged) {
            logged(logged, elapsedNanos);
        } else if (answer instanceof AppendAnswer.TooFewReplicas few) {
            refusals.tooFewReplicas(few.call(), few.why());
        } else if (answer instanceof AppendAnswer.Refused refused) {
            LOG.warn("region {}: Redis refused an append: {}", refused.call().region(), refused.why());
            refusals.refusedByRedis(refused.call(), refused.why());
        }
    }

    private void logged(AppendAnswer.Logged answer, long elapsedNanos) {
        AppendCall call = answer.call();
        long sequence = answer.last().sequence() - call.records().size();
        int invalidations = 0;
        for (PackedRecord record : call.records()) {
            // If a new epoch began within the call, its first records went with the old one, and it covers them.
            Position at = answer.last().at(Math.max(1, ++sequence));
            for (Submission caller : record.callers()) {
                caller.logged(at, answer.loggedAtMicros());
            }
            invalidations += record.invalidations();
        }
        listener.appended(call.region(), call.records().size(), invalidations, elapsedNanos);
    }
}
