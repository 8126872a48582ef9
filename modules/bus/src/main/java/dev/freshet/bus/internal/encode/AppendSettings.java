package dev.freshet.bus.internal.encode;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.schema.Limits;
import dev.freshet.schema.Namespace;

/**
 * What the append scripts need to know beside the records.
 *
 * @param namespace names the keys and channels
 * @param maximumRecords about how many records a log keeps
 * @param markBytes a sixteenth of the most bytes in a log
 * @param sharded whether records go over sharded channels
 */
public record AppendSettings(Namespace namespace, long maximumRecords, long markBytes, boolean sharded) {

    /** The append script keeps this many marks of where each such share of the byte bound was passed. */
    private static final int LOG_BYTES_MARKS = 16;

    /** One record must not skip a mark. */
    private static final long MIN_MARK_BYTES = Limits.MAX_BODY_BYTES + Limits.MAX_HEADER_BYTES;

    public static AppendSettings of(Namespace namespace, PublisherConfig config, boolean sharded) {
        long markBytes = Math.max(MIN_MARK_BYTES, config.logMaximumBytes() / LOG_BYTES_MARKS);
        return new AppendSettings(namespace, config.logMaximumRecords(), markBytes, sharded);
    }
}
