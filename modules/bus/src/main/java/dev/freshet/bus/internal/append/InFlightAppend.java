package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.PackResult;
import dev.freshet.bus.internal.encode.Submission;
import org.jspecify.annotations.Nullable;

/**
 * A direct append that was sent, or is about to be. The leader makes it whole before {@link DirectAppends} knows of it:
 * afterwards another thread may lead.
 *
 * @param successor who leads when it has ended
 * @param node where it goes
 * @param bytes the encoded call
 * @param submission the one change that it carries
 * @param sentNanos just before it was sent
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record InFlightAppend(
        Successor successor,
        AppendNode node,
        AppendCall call,
        byte[] bytes,
        Submission submission,
        PackResult packed,
        long sentNanos) {

    /** Leads after the sender. */
    interface Successor {
        /**
         * Takes the lead: an append has ended. Called on the answers' thread or, if nothing could be sent, on the sender's.
         *
         * @param answer null if nobody knows whether it is in the log
         */
        void takeLead(InFlightAppend append, @Nullable AppendAnswer answer);
    }

    /** Hands leadership over. The calling thread must not touch what belongs to the leader afterwards. */
    void end(@Nullable AppendAnswer answer) {
        successor.takeLead(this, answer);
    }
}
