package dev.freshet.bus.internal.encode;

import java.util.Collection;

/**
 * A record that is ready to be appended.
 *
 * @param body its encoded body
 * @param invalidations how many the body holds
 * @param awaited whether members are to report at once when they applied it
 * @param callers whose changes it carries a part of
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record PackedRecord(byte[] body, int invalidations, boolean awaited, Collection<Submission> callers) {

    /** Returns the record without the request to report. */
    PackedRecord notAwaited() {
        return new PackedRecord(body, invalidations, false, callers);
    }
}
