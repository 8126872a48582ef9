package dev.freshet.benchmarks.contender;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts which subscriber evicted which key, each pair once, and notes when. Contenders call {@link #evicted} after the
 * entry is gone.
 */
public final class Arrivals {

    private static final long LOOK_EVERY_NANOS = 500_000;

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
     * Begins to count.
     *
     * @param timed whether to note the moment of every eviction, or only of each subscriber's last
     */
    public void begin(Keys keys, boolean timed) {
        run = new Run(keys, timed);
    }

    /** This subscriber's cache has not had this key since a moment ago. Any thread. */
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

    /** Waits until every subscriber evicted every key, or until for so long nobody evicted any more. */
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
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }

    /** How many pairs of subscriber and key were counted. */
    public long count() {
        long count = 0;
        for (AtomicInteger ofOne : run.counts) {
            count += ofOne.get();
        }
        return count;
    }

    /** When the last subscriber had evicted the last key. */
    public long completeAtNanos() {
        long last = run.completeAtNanos[0];
        for (long ofOne : run.completeAtNanos) {
            last = ofOne - last > 0 ? ofOne : last;
        }
        return last;
    }

    /** When this subscriber had evicted the key at this index. */
    public long atNanos(int subscriber, int index) {
        return run.atNanos[subscriber].get(index);
    }
}
