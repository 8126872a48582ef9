package dev.freshet.demo.app;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.schema.Invalidation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Remembers the last changes that this replica applied, and how long each was stale here, for the demo's picture. */
final class AppliedChanges implements SubscriberListener {

    private static final int MAXIMUM = 4_096;

    private final Deque<String> lines = new ArrayDeque<>();
    private final Set<Invalidation> known = new LinkedHashSet<>();
    private long next;

    @Override
    public synchronized void applied(
            String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
        List<Invalidation> all = record.body().invalidations();
        Invalidation first = all.get(0);
        // After Redis lost its data, publishers append the last minute again, in other records. What they name is
        // evicted here already.
        String how = known.contains(first) ? "again" : replayed ? "replayed" : "live";
        known.addAll(all);
        while (known.size() > MAXIMUM) {
            known.remove(known.iterator().next());
        }
        lines.addLast(
                record.header().position() + " " + Math.max(0, evictedAtMicros - first.changedAtMicros()) + " " + how);
        next++;
        if (lines.size() > MAXIMUM) {
            lines.removeFirst();
        }
    }

    /** Returns a line of counts, then a line for each change from this number on. */
    synchronized List<String> report(long number, String state, long resets, long thrownAway, long refused) {
        List<String> report = new ArrayList<>();
        report.add(next + " " + state + " " + resets + " " + thrownAway + " " + refused);
        long at = next - lines.size();
        for (String line : lines) {
            if (at++ >= number) {
                report.add(line);
            }
        }
        return report;
    }
}
