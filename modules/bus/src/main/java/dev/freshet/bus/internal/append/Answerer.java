package dev.freshet.bus.internal.append;

import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.PackedRecord;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.bus.internal.redis.ConfigurationFaults;
import dev.freshet.schema.Position;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the callers of a call, and the listener, what Redis answered. Belongs to the leader. */
final class Answerer {

    private static final Logger LOG = LoggerFactory.getLogger(Answerer.class);

    private final PublisherListener listener;
    private final ConfigurationFaults faults;
    private final Refusals refusals;

    Answerer(AppendContext context, Refusals refusals) {
        this.listener = context.listener();
        this.faults = context.connector().faults();
        this.refusals = refusals;
    }

    /** Notes the positions of logged records with their callers, who hear when all their records are in; or refuses. */
    void answer(AppendAnswer answer, long elapsedNanos) {
        if (answer instanceof AppendAnswer.Logged logged) {
            logged(logged, elapsedNanos);
        } else if (answer instanceof AppendAnswer.TooFewReplicas few) {
            refusals.tooFewReplicas(few.call(), few.why());
        } else if (answer instanceof AppendAnswer.TooManyRegions many) {
            refusals.tooManyRegions(many.call(), many.why());
        } else if (answer instanceof AppendAnswer.Refused refused) {
            refused(refused);
        }
    }

    private void refused(AppendAnswer.Refused refused) {
        String region = refused.call().region();
        if (refused.isMisconfigured()) {
            faults.met("appends to " + region, "Redis refuses appends to region " + region + ": " + refused.why());
            refusals.refusedByRedis(refused.call(), Reason.REDIS_MISCONFIGURED, refused.why());
        } else {
            LOG.warn("region {}: Redis refused an append: {}", region, refused.why());
            refusals.refusedByRedis(refused.call(), Reason.REDIS_REFUSED, refused.why());
        }
    }

    private void logged(AppendAnswer.Logged answer, long elapsedNanos) {
        AppendCall call = answer.call();
        if (faults.isAny()) {
            faults.mended("appends to " + call.region());
        }
        long sequence = answer.last().sequence() - call.records().size();
        int invalidations = 0;
        for (PackedRecord record : call.records()) {
            // If a new epoch began within the call, its first records went with the old one, and it covers them.
            Position at = answer.last().at(Math.max(1, ++sequence));
            for (Submission caller : record.callers()) {
                caller.logged(at, answer.loggedAtMicros());
            }
            invalidations += record.invalidations();
            if (!record.traces().isEmpty()) {
                listener.traced(call.region(), at, answer.loggedAtMicros(), elapsedNanos, record.traces());
            }
        }
        listener.appended(call.region(), call.records().size(), invalidations, elapsedNanos);
    }
}
