package dev.freshet.proofs.simulation;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.internal.encode.AppendScripts;
import dev.freshet.bus.internal.encode.AppendSettings;
import dev.freshet.bus.internal.encode.PackedRecord;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.internal.retransmit.EpochBegin;
import dev.freshet.bus.internal.retransmit.RetransmitBuffer;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.RedisNames;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The decisions of the production appender that do not need a socket: what it calls, and what it appends again. */
public final class SimulatedAppends {

    private static final long MARK_BYTES = 300_000;

    private final RedisNames names;
    private final RetransmitBuffer acknowledged;
    private final int logMaximumRecords;

    /** @param retention how long acknowledged records are kept */
    public SimulatedAppends(String region, int logMaximumRecords, Duration retention) {
        this.names = new RedisNames(region);
        this.logMaximumRecords = logMaximumRecords;
        this.acknowledged = new RetransmitBuffer(
                PublisherConfig.of("redis://127.0.0.1:6379").withRetention(retention, 64 << 20));
    }

    /** The script that appends these bodies on the server that bears this run_id. */
    public SimulatedCall call(String runId, List<byte[]> bodies) {
        List<PackedRecord> records = bodies.stream()
                .map(body -> new PackedRecord(body, 1, false, List.of()))
                .toList();
        return SimulatedCall.of(AppendScripts.append(
                names,
                runId,
                ScriptCall.freshEpoch(),
                new AppendSettings(Namespace.DEFAULT, logMaximumRecords, MARK_BYTES, false),
                records,
                true));
    }

    /** The server acknowledged a body. */
    public void acknowledged(byte[] body, String runId, long nowNanos) {
        acknowledged.add(names.region(), body, false, nowNanos, 0, runId);
    }

    /**
     * Appends again what another server acknowledged, one by one, until an append fails.
     *
     * @return whether all of it is on this server now
     */
    public boolean appendAgain(String runId, long nowNanos, Predicate<byte[]> append) {
        for (RetransmitBuffer.Kept kept : acknowledged.notOf(runId, nowNanos)) {
            if (!append.test(kept.body())) {
                return false;
            }
            kept.acknowledgedBy(runId);
        }
        return true;
    }

    /**
     * Whether a server may lack records that are not kept any more: then the region has to be invalidated as a whole.
     *
     * @param run the {@code run} of the region's head, or null
     * @param since the {@code since} of the region's head, or null
     */
    public boolean isUnproven(
            String runId, @Nullable String run, @Nullable String since, RedisTime clock, long nowNanos) {
        return acknowledged.droppedNotOf(runId).contains(names.region())
                && !acknowledged.isDroppedCovered(
                        names.region(), runId, EpochBegin.of(run, since, runId, clock, nowNanos));
    }

    /** The server acknowledged an invalidation of the whole region. */
    public void replacedDropped(byte[] body, String runId, long nowNanos) {
        acknowledged.replaceDropped(names.region(), body, nowNanos, 0, runId);
    }
}
