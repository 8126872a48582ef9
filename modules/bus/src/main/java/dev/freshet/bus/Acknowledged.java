package dev.freshet.bus;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * What was acknowledged lately, kept to be appended again when the server's identity changes: a failover can lose what a
 * master had acknowledged. Bounded by age and by bytes; the oldest goes first. Belongs to the appending thread, but for
 * {@link #bytes}.
 */
final class Acknowledged {

    /** A record's body and where it went. */
    record Kept(String region, byte[] body, boolean awaited, long atNanos) {}

    private final ArrayDeque<Kept> kept = new ArrayDeque<>();
    private final long retentionNanos;
    private final long maximumBytes;
    private volatile long bytes;

    Acknowledged(long retentionNanos, long maximumBytes) {
        this.retentionNanos = retentionNanos;
        this.maximumBytes = maximumBytes;
    }

    void add(String region, byte[] body, boolean awaited, long nowNanos) {
        kept.addLast(new Kept(region, body, awaited, nowNanos));
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

    /** Returns what is kept and not too old, in the order in which it was appended. */
    List<Kept> recent(long nowNanos) {
        trim(nowNanos);
        return new ArrayList<>(kept);
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
