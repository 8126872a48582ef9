package dev.freshet.bus.internal.append;

import java.util.List;

/** Records of one region that are appended in one step, in this order; at most {@link AppendScripts#MAX_RECORDS}. */
record AppendCall(String region, List<PackedRecord> records) {}
