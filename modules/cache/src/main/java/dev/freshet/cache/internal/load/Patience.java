package dev.freshet.cache.internal.load;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.internal.store.Policies;

/** How long one caller waits for loads: to the soft limit for the value itself, to the hard limit for anything. One thread. */
final class Patience {

    /** What has come to pass. */
    enum Limit {
        /** The caller takes a copy from now on, if there is one. Said once. */
        SOFT,
        /** The caller waits no longer. */
        HARD,
        /** The load that it waits for takes too long, whoever waits. */
        OF_THE_LOAD,
        NONE
    }

    private final TimeSource time;
    private final Policies policies;
    private final long softNanos;
    private final long hardNanos;
    private boolean awaitsSoft;
    private long nowNanos;

    Patience(TimeSource time, Policies policies) {
        this.time = time;
        this.policies = policies;
        this.nowNanos = time.nanoTime();
        this.softNanos = nowNanos + policies.softTimeoutNanos();
        this.hardNanos = nowNanos + policies.loadTimeoutNanos();
        this.awaitsSoft = policies.softTimeoutNanos() > 0;
    }

    /** For how many nanoseconds to wait now, at least 0, for a load that began at this time. */
    long nanosToWait(long loadStartedNanos) {
        nowNanos = time.nanoTime();
        return Math.max(0, nextNanos(loadStartedNanos) - nowNanos);
    }

    private long nextNanos(long loadStartedNanos) {
        long next = hardNanos;
        if (awaitsSoft && softNanos - next < 0) {
            next = softNanos;
        }
        long endOfLoadNanos = loadStartedNanos + policies.loadTimeoutNanos();
        return endOfLoadNanos - next < 0 ? endOfLoadNanos : next;
    }

    /** What has come to pass after a wait of {@link #nanosToWait}, which counts whatever the clock shows. */
    Limit passed(long loadStartedNanos) {
        long next = nextNanos(loadStartedNanos);
        long now = time.nanoTime();
        nowNanos = now - next < 0 ? next : now;
        if (awaitsSoft && softNanos - nowNanos <= 0) {
            awaitsSoft = false;
            return Limit.SOFT;
        }
        if (hardNanos - nowNanos <= 0) {
            return Limit.HARD;
        }
        return policies.isOverdue(loadStartedNanos, nowNanos) ? Limit.OF_THE_LOAD : Limit.NONE;
    }

    /** The time as this caller has waited for it. */
    long nowNanos() {
        return nowNanos;
    }
}
