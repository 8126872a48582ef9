package dev.freshet.benchmarks.contender;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts which subscriber evicted which key, each pair once, and records when. A contender calls {@link #evicted} after it has
 * removed the entry. Thread-safe, except that {@link #begin} must not run during a measurement.
 */
public final class Arrivals {

    private static final long POLL_INTERVAL_NANOS = 500_000;

    private volatile Run run = new Run(new Keys(0, 0), false);

    private static final class Run {
        final Keys keys;
        final boolean timed;
        final AtomicLongArray[] atNanos = new AtomicLongArray[Contender.SUBSCRIBERS];
        final AtomicInteger[] counts = new AtomicInteger[Contender.SUBSCRIBERS];
        final long[] completeAtNanos = new long[Contender.SUBSCRIBERS];

        Run(Keys keys, boolean timed) {
            this.keys = keys;
            this.timed = timed;
            for (int i = 0; i < Contender.SUBSCRIBERS; i++) {
                atNanos[i] = new AtomicLongArray(keys.count());
                counts[i] = new AtomicInteger();
            }
        }
    }

    /**
     * Starts a new count.
     *
     * @param timed whether to record the time of every eviction; otherwise only of each subscriber's last one
     */
    public void begin(Keys keys, boolean timed) {
        run = new Run(keys, timed);
    }

    /** Records that this subscriber has just removed this key. Keys of another count are ignored. */
    public void evicted(int subscriber, String key) {
        Run current = run;
        int index = current.keys.indexOf(key);
        if (index < 0) {
            return;
        }
        long now = current.timed ? System.nanoTime() : 1;
        if (current.atNanos[subscriber].compareAndSet(index, 0, now)) {
            int last = current.keys.count() - 1;
            if (current.counts[subscriber].get() == last) {
                current.completeAtNanos[subscriber] = System.nanoTime();
            }
            current.counts[subscriber].incrementAndGet();
        }
    }

    /**
     * Waits until every subscriber has evicted every key.
     *
     * @return false if no subscriber evicted anything for the duration {@code stall}
     */
    public boolean awaitAll(Duration stall) {
        Run current = run;
        long before = -1;
        long sinceNanos = System.nanoTime();
        while (true) {
            long now = count();
            if (now == (long) current.keys.count() * Contender.SUBSCRIBERS) {
                return true;
            }
            if (now != before) {
                before = now;
                sinceNanos = System.nanoTime();
            } else if (System.nanoTime() - sinceNanos > stall.toNanos()) {
                return false;
            }
            LockSupport.parkNanos(POLL_INTERVAL_NANOS);
        }
    }

    /** Returns the number of pairs of subscriber and key that were counted. */
    public long count() {
        long count = 0;
        for (AtomicInteger ofOne : run.counts) {
            count += ofOne.get();
        }
        return count;
    }

    /** Returns the {@link System#nanoTime} at which the last subscriber had evicted its last key. */
    public long completeAtNanos() {
        long last = run.completeAtNanos[0];
        for (long ofOne : run.completeAtNanos) {
            last = ofOne - last > 0 ? ofOne : last;
        }
        return last;
    }

    /** Returns the {@link System#nanoTime} at which this subscriber evicted the key at this index. */
    public long atNanos(int subscriber, int index) {
        return run.atNanos[subscriber].get(index);
    }
}
