package dev.freshet.cache.internal.upkeep;

import dev.freshet.bus.TimeSource;
import dev.freshet.schema.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets every invalidation take effect once more after a delay, for sources that are read at a replica which lags: what was
 * loaded there in between may be older than the change.
 *
 * <p>The invariant: for each invalidation that took effect at a time t there is an eviction at or after t + delay that names
 * at least what it named, in time but for the scheduler's lateness, and a sixteenth of the delay where it overflowed.
 *
 * <p>At most {@code maximum} names wait. If a name arrives again, its deadline moves to the later time: what was loaded before
 * that is evicted by the arrival itself. If there is no room for a name, the whole region is evicted when the name is due. That
 * evicts too much, but misses nothing; to evict the name earlier would help nobody.
 *
 * <p>Safe to use from any thread; evicts without its lock held.
 */
public final class DelayedReinvalidation {

    /** Evicts, without remembering that for another time. */
    public interface Target {
        void evictAgain(Selector selector, long version);

        void resetAgain();

        /** A class or method is missing, so that nothing is evicted a second time from now on. */
        void broken(LinkageError fault);
    }

    private static final Logger LOG = LoggerFactory.getLogger(DelayedReinvalidation.class);

    /** At most this many evictions of the whole region fall into one delay. */
    private static final int GRAINS = 16;

    private static final int BATCH = 256;

    private record Due(long atNanos, long version) {}

    private final long delayNanos;
    private final int maximum;
    private final TimeSource time;
    private final @Nullable ScheduledExecutorService scheduler;
    private final Target target;

    // All below is guarded by this object's monitor; the volatiles are read without it.

    /** In the order in which they are due, which is that of their insertion. */
    private final Map<SelectedName, Due> names = new LinkedHashMap<>();

    private final Deque<Long> allDueNanos = new ArrayDeque<>();
    private final Deque<Long> resetDueNanos = new ArrayDeque<>();
    private @Nullable Future<?> scheduled;
    private boolean isClosed;
    private volatile int pending;
    private final LongAdder overflows = new LongAdder();
    private final LongAdder evicted = new LongAdder();

    /** @param scheduler null: {@link #run} is called by the owner */
    public DelayedReinvalidation(
            long delayNanos,
            int maximum,
            TimeSource time,
            @Nullable ScheduledExecutorService scheduler,
            Target target) {
        this.delayNanos = delayNanos;
        this.maximum = maximum;
        this.time = time;
        this.scheduler = scheduler;
        this.target = target;
    }

    private boolean isOff() {
        return delayNanos <= 0;
    }

    /** How many names wait for their second eviction. */
    public int pending() {
        return pending;
    }

    /** For how many names there was no room, so that the whole region was evicted in their place. */
    public long overflows() {
        return overflows.sum();
    }

    /** How many names, and whole regions, were evicted again. */
    public long evicted() {
        return evicted.sum();
    }

    /** The key was invalidated just now, without a version. */
    public void rememberKey(String key) {
        if (!isOff()) {
            remember(Selector.keys(key), -1);
        }
    }

    /** The selector took effect just now. */
    public void remember(Selector selector, long version) {
        if (isOff()) {
            return;
        }
        synchronized (this) {
            long dueNanos = time.nanoTime() + delayNanos;
            if (selector.kind() == Selector.Kind.ALL) {
                add(allDueNanos, dueNanos);
            } else {
                selector.names().forEach(name -> add(new SelectedName(selector.kind(), name), dueNanos, version));
            }
            pending = names.size();
            schedule();
        }
    }

    /** Everything was dropped just now, because of invalidations that nobody can name. */
    public void rememberReset() {
        if (isOff()) {
            return;
        }
        synchronized (this) {
            add(resetDueNanos, time.nanoTime() + delayNanos);
            schedule();
        }
    }

    private void add(SelectedName name, long dueNanos, long version) {
        Due former = names.remove(name);
        if (former == null && names.size() >= maximum) {
            overflows.increment();
            add(allDueNanos, dueNanos);
            return;
        }
        // An invalidation without a version evicts whatever there is, and so does it the second time.
        boolean keepsNewer = version >= 0 && (former == null || former.version >= 0);
        names.put(name, new Due(dueNanos, keepsNewer ? Math.max(version, former == null ? 0 : former.version) : -1));
    }

    /** Rounds up, so that the whole region goes a bounded number of times a delay, each a little later than due. */
    private void add(Deque<Long> dues, long dueNanos) {
        long grainNanos = Math.max(1, delayNanos / GRAINS);
        Long latest = dues.peekLast();
        if (latest == null || dueNanos - latest > 0) {
            dues.addLast(latest == null ? dueNanos : dueNanos + grainNanos);
        }
    }

    /** Evicts what is due, on the calling thread. */
    public void run() {
        if (isOff()) {
            return;
        }
        boolean more = true;
        while (more) {
            Batch batch = new Batch();
            synchronized (this) {
                more = batch.take(time.nanoTime());
                pending = names.size();
            }
            try {
                batch.evict();
            } catch (LinkageError fault) {
                throw fault;
            } catch (RuntimeException | Error fault) {
                LOG.warn("A second eviction failed; the whole region is evicted instead", fault);
                target.resetAgain();
            }
        }
    }

    private void runScheduled() {
        synchronized (this) {
            scheduled = null;
        }
        try {
            run();
        } catch (LinkageError fault) {
            close();
            target.broken(fault);
        } finally {
            synchronized (this) {
                schedule();
            }
        }
    }

    /** To be called with the monitor held. */
    private void schedule() {
        ScheduledExecutorService executor = scheduler;
        if (executor == null || scheduled != null || isClosed) {
            return;
        }
        long nowNanos = time.nanoTime();
        long delay = Long.MAX_VALUE;
        Iterator<Due> first = names.values().iterator();
        if (first.hasNext()) {
            delay = Math.min(delay, first.next().atNanos - nowNanos);
        }
        if (!allDueNanos.isEmpty()) {
            delay = Math.min(delay, allDueNanos.getFirst() - nowNanos);
        }
        if (!resetDueNanos.isEmpty()) {
            delay = Math.min(delay, resetDueNanos.getFirst() - nowNanos);
        }
        if (delay == Long.MAX_VALUE) {
            return;
        }
        try {
            scheduled = executor.schedule(this::runScheduled, Math.max(0, delay), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException shutDown) {
            isClosed = true;
            LOG.warn(
                    "The scheduler of a cache was shut down before the cache: nothing is evicted a second time from now on");
        }
    }

    public synchronized void close() {
        isClosed = true;
        Future<?> last = scheduled;
        if (last != null) {
            last.cancel(false);
        }
    }

    /** What is due at one moment. */
    private final class Batch {
        private final List<Map.Entry<SelectedName, Due>> taken = new ArrayList<>();
        private boolean all;
        private boolean reset;

        /** Returns whether there may be more. To be called with the monitor held. */
        boolean take(long nowNanos) {
            all = takeDue(allDueNanos, nowNanos);
            reset = takeDue(resetDueNanos, nowNanos);
            Iterator<Map.Entry<SelectedName, Due>> eldest = names.entrySet().iterator();
            while (eldest.hasNext() && taken.size() < BATCH) {
                Map.Entry<SelectedName, Due> next = eldest.next();
                if (next.getValue().atNanos - nowNanos > 0) {
                    return false;
                }
                taken.add(Map.entry(next.getKey(), next.getValue()));
                eldest.remove();
            }
            evicted.add(taken.size() + (all ? 1 : 0) + (reset ? 1 : 0));
            return taken.size() == BATCH;
        }

        private static boolean takeDue(Deque<Long> dues, long nowNanos) {
            boolean isDue = false;
            while (!dues.isEmpty() && dues.getFirst() - nowNanos <= 0) {
                dues.removeFirst();
                isDue = true;
            }
            return isDue;
        }

        void evict() {
            if (reset) {
                target.resetAgain();
            }
            if (all) {
                target.evictAgain(Selector.all(), -1);
            }
            for (Map.Entry<SelectedName, Due> each : taken) {
                target.evictAgain(each.getKey().selector(), each.getValue().version);
            }
        }
    }
}
