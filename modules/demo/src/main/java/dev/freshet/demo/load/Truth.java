package dev.freshet.demo.load;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * Knows which version of each user a reader must see at least. A read is stale if it misses a write that was acknowledged longer than
 * the bound before the read began. All moments are on this process's monotonic clock. Safe to use from any thread.
 */
public final class Truth {

    private record Write(long version, long acknowledgedNanos) {}

    /** Writes older than this are kept as one version. Longer than any read takes. */
    private static final Duration HISTORY = Duration.ofSeconds(20);

    private final long boundNanos;
    private final Map<Long, Deque<Write>> writes = new HashMap<>();

    /** @param bound how long a replica may serve from an old confirmation */
    public Truth(Duration bound) {
        boundNanos = bound.toNanos();
    }

    /** Records an acknowledged write. */
    public synchronized void wrote(long user, long version, long acknowledgedNanos) {
        Deque<Write> known = writes.computeIfAbsent(user, id -> new ArrayDeque<>());
        known.addLast(new Write(version, acknowledgedNanos));
        Iterator<Write> oldest = known.iterator();
        Write first = oldest.next();
        while (oldest.hasNext() && acknowledgedNanos - first.acknowledgedNanos() > HISTORY.toNanos()) {
            Write second = oldest.next();
            if (acknowledgedNanos - second.acknowledgedNanos() <= HISTORY.toNanos()) {
                break;
            }
            known.removeFirst();
            known.removeFirst();
            first = new Write(Math.max(first.version(), second.version()), second.acknowledgedNanos());
            known.addFirst(first);
            oldest = known.iterator();
            oldest.next();
        }
    }

    /** Returns whether a read that began then and returned this version is stale. */
    public synchronized boolean isStale(long user, long version, long begunNanos) {
        return writes.getOrDefault(user, new ArrayDeque<>()).stream()
                .anyMatch(write -> write.version() > version && begunNanos - write.acknowledgedNanos() > boundNanos);
    }
}
