package dev.freshet.bus.internal.encode;

import dev.freshet.schema.TraceContext;
import java.util.Collection;
import java.util.List;

/**
 * A record that is ready to be appended.
 *
 * @param body its encoded body
 * @param invalidations how many the body holds
 * @param awaited whether members are to report at once when they applied it
 * @param callers whose changes it carries a part of
 * @param traces the spans in which these were accepted, of those that somebody records
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record PackedRecord(
        byte[] body, int invalidations, boolean awaited, Collection<Submission> callers, List<TraceContext> traces) {

    /** Makes one that nobody records. */
    public PackedRecord(byte[] body, int invalidations, boolean awaited, Collection<Submission> callers) {
        this(body, invalidations, awaited, callers, List.of());
    }

    /** Returns the record without the request to report. */
    PackedRecord notAwaited() {
        return new PackedRecord(body, invalidations, false, callers, traces);
    }
}
