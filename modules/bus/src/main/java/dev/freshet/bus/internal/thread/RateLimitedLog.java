package dev.freshet.bus.internal.thread;

import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/** Logs the first fault of a kind at once, then at most one each ten seconds, with how many were left out. Any thread. */
public final class RateLimitedLog {

    private static final long INTERVAL_NANOS = 10_000_000_000L;

    private final Logger log;
    private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong leftOut = new AtomicLong();

    public RateLimitedLog(Logger log) {
        this.log = log;
    }

    /** Logs a warning, or counts it. */
    public void warn(String message, Throwable cause) {
        long now = System.nanoTime();
        long next = nextNanos.get();
        if (now - next < 0 || !nextNanos.compareAndSet(next, now + INTERVAL_NANOS)) {
            leftOut.incrementAndGet();
            return;
        }
        long before = leftOut.getAndSet(0);
        log.warn("{}{}", message, before == 0 ? "" : " (and " + before + " more since the last such line)", cause);
    }
}
