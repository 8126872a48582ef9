package dev.freshet.schema;

import java.util.List;
import java.util.OptionalLong;

/**
 * A batch of invalidations of one region. Immutable.
 *
 * @param origin the process that appended the batch, for people; at most {@value Limits#MAX_ORIGIN_BYTES} bytes of UTF-8
 * @param clockErrorMicros how far the publisher's idea of the Redis clock may be off, either way; empty if unknown
 * @param invalidations at least one
 */
public record RecordBody(String origin, OptionalLong clockErrorMicros, List<Invalidation> invalidations) {

    public RecordBody {
        invalidations = List.copyOf(invalidations);
        int originBytes = Syntax.utf8Bytes(origin);
        if (originBytes < 0 || originBytes > Limits.MAX_ORIGIN_BYTES) {
            throw new IllegalArgumentException(
                    "origin must be at most " + Limits.MAX_ORIGIN_BYTES + " bytes of well-formed UTF-8, but "
                            + (originBytes < 0 ? "holds an unpaired surrogate" : "has " + originBytes));
        }
        if (clockErrorMicros.isPresent() && clockErrorMicros.getAsLong() < 0) {
            throw new IllegalArgumentException(
                    "clock error must not be negative, but is " + clockErrorMicros.getAsLong());
        }
        if (invalidations.isEmpty()) {
            throw new IllegalArgumentException("a record holds at least one invalidation");
        }
    }
}
