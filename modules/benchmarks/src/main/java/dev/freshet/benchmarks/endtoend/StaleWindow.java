package dev.freshet.benchmarks.endtoend;

import dev.freshet.benchmarks.contender.Arrivals;
import dev.freshet.benchmarks.contender.Contender;
import dev.freshet.benchmarks.contender.Keys;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Invalidates at a fixed rate. The time starts when a call was due, not when it was made, so a call that delays the next ones is charged
 * for it (no coordinated omission).
 */
final class StaleWindow {

    private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(120);

    private final int perSecond;
    private final int uncounted;

    /**
     * Creates a measurement.
     *
     * @param uncounted first keys that do not count: connections, threads and logs start with them
     */
    StaleWindow(int perSecond, int uncounted) {
        this.perSecond = perSecond;
        this.uncounted = uncounted;
    }

    /** Returns the stale windows of every key in every subscriber, in nanoseconds. */
    Histogram run(Contender contender, Arrivals arrivals, Keys keys) {
        long[] dueNanos = new long[keys.count()];
        contender.fill(keys);
        Evictions.requireAllCached(contender, keys);
        arrivals.begin(keys, true);
        System.gc();
        try (Contender.Caller caller = contender.caller(Contender.Style.ONE_BY_ONE)) {
            long startNanos = System.nanoTime() + LEAD_NANOS;
            long apartNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
            for (int i = 0; i < keys.count(); i++) {
                dueNanos[i] = startNanos + i * apartNanos;
                pause(dueNanos[i]);
                caller.invalidate(keys.key(i));
            }
            caller.settle();
        }
        Evictions.requireAllEvicted(contender, arrivals, keys);
        Histogram histogram = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
        for (int subscriber = 0; subscriber < Contender.SUBSCRIBERS; subscriber++) {
            for (int i = uncounted; i < keys.count(); i++) {
                histogram.recordValue(Math.max(0, arrivals.atNanos(subscriber, i) - dueNanos[i]));
            }
        }
        return histogram;
    }

    private static void pause(long untilNanos) {
        while (true) {
            long leftNanos = untilNanos - System.nanoTime();
            if (leftNanos <= 0) {
                return;
            } else if (leftNanos > SPIN_NANOS) {
                LockSupport.parkNanos(leftNanos - SPIN_NANOS);
            } else {
                Thread.onSpinWait();
            }
        }
    }
}
