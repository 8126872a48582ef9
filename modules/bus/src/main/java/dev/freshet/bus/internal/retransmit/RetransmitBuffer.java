package dev.freshet.bus.internal.retransmit;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.internal.redis.RedisClock;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keeps records that were acknowledged lately, to append them again if their region turns out to live on another server: a
 * failover can lose what a master had acknowledged. Bounded by age and by bytes; the oldest goes first, and only its region is
 * remembered, see {@link DroppedRecords}. Belongs to the leader, except for {@link #bytes}.
 */
public final class RetransmitBuffer {

    /** A record's body, its region, and the server that acknowledged it last. */
    public static final class Kept {
        private final String region;
        private final byte[] body;
        private final boolean awaited;
        private final long atNanos;
        private final long clockOffsetMicros;
        private String runId;

        private Kept(String region, byte[] body, boolean awaited, long atNanos, long clockOffsetMicros, String runId) {
            this.region = region;
            this.body = body;
            this.awaited = awaited;
            this.atNanos = atNanos;
            this.clockOffsetMicros = clockOffsetMicros;
            this.runId = runId;
        }

        String region() {
            return region;
        }

        public byte[] body() {
            return body;
        }

        /** Returns the body with its times on the clock of another server. */
        byte[] bodyOn(RedisClock clock) {
            return RetimedBody.of(body, clock.offsetMicros() - clockOffsetMicros, clock.errorMicros());
        }

        boolean isAwaited() {
            return awaited;
        }

        /** Notes that another server acknowledged it. */
        public void acknowledgedBy(String server) {
            runId = server;
        }
    }

    private final ArrayDeque<Kept> kept = new ArrayDeque<>();
    private final DroppedRecords dropped = new DroppedRecords();
    private final long retentionNanos;
    private final long maximumBytes;
    private volatile long bytes;

    public RetransmitBuffer(PublisherConfig config) {
        this.retentionNanos = config.retention().toNanos();
        this.maximumBytes = config.retentionMaximumBytes();
    }

    /**
     * Keeps a record that a server acknowledged.
     *
     * @param clockOffsetMicros of that server's clock, see {@link RedisClock#offsetMicros}: the record's times are on that clock
     * @param runId the server's
     */
    public void add(String region, byte[] body, boolean awaited, long nowNanos, long clockOffsetMicros, String runId) {
        kept.addLast(new Kept(region, body, awaited, nowNanos, clockOffsetMicros, runId));
        addBytes(body.length);
        trim(nowNanos);
    }

    private void trim(long nowNanos) {
        for (Kept oldest = kept.peekFirst();
                oldest != null && (bytes > maximumBytes || nowNanos - oldest.atNanos > retentionNanos);
                oldest = kept.peekFirst()) {
            kept.removeFirst();
            dropped.add(oldest.region, oldest.runId, oldest.atNanos);
            addBytes(-oldest.body.length);
        }
    }

    /** Returns the records that another server than this one acknowledged, and that are not too old; oldest first. */
    public List<Kept> notOf(String runId, long nowNanos) {
        trim(nowNanos);
        return kept.stream().filter(record -> !record.runId.equals(runId)).toList();
    }

    // ---- what is not kept any more

    /** Returns the regions that had records dropped which this server may lack. */
    public List<String> droppedNotOf(String runId) {
        return dropped.notOf(runId);
    }

    /** Whether the epoch that a region has on a server covers its dropped records: then that server does not lack them. */
    public boolean isDroppedCovered(String region, String runId, EpochBegin epoch) {
        return dropped.isCovered(region, runId, epoch);
    }

    /** Notes that a server acknowledged an invalidation of a whole region, in the place of its dropped records. */
    public void replaceDropped(String region, byte[] body, long nowNanos, long clockOffsetMicros, String runId) {
        dropped.replaced(region);
        add(region, body, false, nowNanos, clockOffsetMicros, runId);
    }

    /** Returns the regions whose dropped records were forgotten since the last call, because there are too many regions. */
    public List<String> takeForgotten() {
        return dropped.takeForgotten();
    }

    /** Returns the regions of all records that are kept, or were dropped and may be missing somewhere. */
    public Set<String> regions() {
        Set<String> regions = new HashSet<>(dropped.regions());
        kept.forEach(record -> regions.add(record.region));
        return regions;
    }

    /** Returns how many bytes are kept. Any thread. */
    public long bytes() {
        return bytes;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time writes
    private void addBytes(long more) {
        bytes += more;
    }
}
