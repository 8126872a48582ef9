package dev.freshet.bus.internal.encode;

import java.util.List;

/**
 * Records of one region that are appended in one step, in this order; at most {@link AppendScripts#MAX_RECORDS}.
 *
 * @param mayBegin whether the region may begin with them; if not, it must have a head
 */
public record AppendCall(String region, List<PackedRecord> records, boolean mayBegin) {

    /** A call that may begin its region. */
    public AppendCall(String region, List<PackedRecord> records) {
        this(region, records, true);
    }

    /** Returns the same call for a region that must exist. */
    public AppendCall toExisting() {
        return new AppendCall(region, records, false);
    }
}
