package dev.freshet.bus.internal.append;

/**
 * A direct append that was sent, or is about to be. The leader makes it whole before {@link DirectAppends} knows of it:
 * afterwards another thread may lead.
 *
 * @param node where it goes
 * @param bytes the encoded call
 * @param submission the one change that it carries
 * @param sentNanos just before it was sent
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record InFlightAppend(
        AppendNode node, AppendCall call, byte[] bytes, Submission submission, PackResult packed, long sentNanos) {}
