package dev.freshet.publisher.console;

import dev.freshet.bus.admin.FleetReader;
import dev.freshet.bus.admin.LogReader.Entry;
import dev.freshet.schema.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Follows the log of one region, and shows at most so many records of each look. Belongs to the console's thread. */
final class LogTail {

    /** So many records of one look are shown: more dots than these nobody tells apart. */
    static final int SHOWN = 20;

    /** So many records are kept for those who begin to watch. */
    private static final int KEPT = 100;

    /**
     * What was appended between two looks.
     *
     * @param total how many records
     * @param shown some of them, the oldest first
     */
    record Look(long total, List<Entry> shown) {

        static final Look NOTHING = new Look(0, List.of());

        Look {
            shown = List.copyOf(shown);
        }
    }

    private final String region;
    private final ArrayDeque<Entry> kept = new ArrayDeque<>();
    private @Nullable Position read;

    LogTail(String region) {
        this.region = region;
    }

    /**
     * Reads what is new.
     *
     * @param head the log's head as it was just read
     */
    Look look(FleetReader fleet, @Nullable Position head) {
        if (head == null) {
            read = null;
            return Look.NOTHING;
        }
        Position before = read;
        boolean isFirst = before == null || before.epoch() != head.epoch() || before.sequence() > head.sequence();
        long from = before == null || isFirst ? Math.max(0, head.sequence() - KEPT) : before.sequence();
        if (isFirst) {
            kept.clear();
        }
        read = head;
        long total = head.sequence() - from;
        if (total == 0) {
            return Look.NOTHING;
        }
        int limit = isFirst ? KEPT : SHOWN;
        List<Entry> shown = new ArrayList<>();
        for (Entry entry : fleet.log(region, head.sequence() - Math.min(total, limit) + 1, limit)) {
            if (entry.sequence() <= head.sequence()) {
                shown.add(entry);
            }
        }
        shown.forEach(kept::addLast);
        while (kept.size() > KEPT) {
            kept.removeFirst();
        }
        return isFirst ? Look.NOTHING : new Look(total, shown); // The first look is for those who begin to watch.
    }

    /** Returns the last records, the oldest first. */
    List<Entry> kept() {
        return List.copyOf(kept);
    }
}
