package dev.freshet.bus.internal.append;

import dev.freshet.bus.PublisherConfig;
import java.util.ArrayDeque;
import java.util.List;

/**
 * What was acknowledged lately, kept to be appended again when its region turns out to live on another server: a failover
 * can lose what a master had acknowledged. Bounded by age and by bytes; the oldest goes first. Belongs to the appending
 * thread, but for {@link #bytes}.
 */
public final class RetransmitBuffer {

    /** A record's body, where it went and who acknowledged it last. */
    public static final class Kept {
        private final String region;
        private final byte[] body;
        private final boolean awaited;
        private final long atNanos;
        private String runId;

        private Kept(String region, byte[] body, boolean awaited, long atNanos, String runId) {
            this.region = region;
            this.body = body;
            this.awaited = awaited;
            this.atNanos = atNanos;
            this.runId = runId;
        }

        String region() {
            return region;
        }

        public byte[] body() {
            return body;
        }

        boolean isAwaited() {
            return awaited;
        }

        /** Notes that another server has it now. */
        public void acknowledgedBy(String server) {
            runId = server;
        }
    }

    private final ArrayDeque<Kept> kept = new ArrayDeque<>();
    private final long retentionNanos;
    private final long maximumBytes;
    private volatile long bytes;

    public RetransmitBuffer(PublisherConfig config) {
        this.retentionNanos = config.retention().toNanos();
        this.maximumBytes = config.retentionMaximumBytes();
    }

    public void add(String region, byte[] body, boolean awaited, long nowNanos, String runId) {
        kept.addLast(new Kept(region, body, awaited, nowNanos, runId));
        addBytes(body.length);
        trim(nowNanos);
    }

    private void trim(long nowNanos) {
        for (Kept oldest = kept.peekFirst();
                oldest != null && (bytes > maximumBytes || nowNanos - oldest.atNanos > retentionNanos);
                oldest = kept.peekFirst()) {
            kept.removeFirst();
            addBytes(-oldest.body.length);
        }
    }

    /** Returns what is kept, not too old, and was acknowledged by another server than this, oldest first. */
    public List<Kept> notOf(String runId, long nowNanos) {
        trim(nowNanos);
        return kept.stream().filter(record -> !record.runId.equals(runId)).toList();
    }

    /** How much is kept. Any thread. */
    long bytes() {
        return bytes;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    private void addBytes(long more) {
        bytes += more;
    }
}
