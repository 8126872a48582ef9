package dev.freshet.bus.internal.retransmit;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The regions of which acknowledged records are not kept any more. If a server was cut off when it acknowledged them, no
 * subscriber of its successor has them.
 *
 * <p>The invariant: a record may be forgotten as long as its region's appends go to the epoch that holds it, or to one that
 * began after it was acknowledged. Every subscriber of such an epoch dropped its entries when it adopted it. To hear from the
 * same server again proves less: a master that is cut off answers as before. Belongs to the leader.
 */
final class DroppedRecords {

    /** Some 20 MB of names. Beyond it, the region that was noted first is forgotten. */
    private static final int MAX_REGIONS = 100_000;

    /** Two clocks are compared, so an epoch must have begun this long after the last of the records. */
    private static final long MARGIN_NANOS = 1_000_000_000L;

    /** The records of one region. */
    private static final class Dropped {
        /** The server that lacks none of them; null if each server may lack some. */
        private @Nullable String server;

        /** When the last of them was acknowledged. */
        private long latestNanos;

        private Dropped(String server, long latestNanos) {
            this.server = server;
            this.latestNanos = latestNanos;
        }
    }

    private final Map<String, Dropped> byRegion = new LinkedHashMap<>();
    private final List<String> forgotten = new ArrayList<>();

    /** Notes that a record is dropped which a server acknowledged. */
    void add(String region, String server, long atNanos) {
        Dropped known = byRegion.get(region);
        if (known != null) {
            known.latestNanos = Math.max(known.latestNanos, atNanos);
            if (!server.equals(known.server)) {
                known.server = null; // what one server holds the other may lack
            }
            return;
        }
        if (byRegion.size() >= MAX_REGIONS) {
            Iterator<String> regions = byRegion.keySet().iterator();
            forgotten.add(regions.next());
            regions.remove();
        }
        byRegion.put(region, new Dropped(server, atNanos));
    }

    /** Returns the regions of which this server may lack records. */
    List<String> notOf(String server) {
        List<String> regions = new ArrayList<>();
        byRegion.forEach((region, dropped) -> {
            if (!server.equals(dropped.server)) {
                regions.add(region);
            }
        });
        return regions;
    }

    /** Whether the epoch that a region has on a server covers the records: then that server does not lack them. */
    boolean isCovered(String region, String server, EpochBegin epoch) {
        Dropped dropped = byRegion.get(region);
        if (dropped == null) {
            return true;
        }
        if (epoch.isYetToCome()
                || (epoch.earliestNanos().isPresent()
                        && epoch.earliestNanos().getAsLong() - dropped.latestNanos >= MARGIN_NANOS)) {
            dropped.server = server;
            return true;
        }
        return false;
    }

    /** A server acknowledged an invalidation of the whole region. */
    void replaced(String region) {
        byRegion.remove(region);
    }

    Set<String> regions() {
        return byRegion.keySet();
    }

    /** Returns the regions that were forgotten since the last call. */
    List<String> takeForgotten() {
        if (forgotten.isEmpty()) {
            return List.of();
        }
        List<String> taken = List.copyOf(forgotten);
        forgotten.clear();
        return taken;
    }
}
