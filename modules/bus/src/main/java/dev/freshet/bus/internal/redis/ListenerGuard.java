package dev.freshet.bus.internal.redis;

import java.util.concurrent.atomic.LongAdder;
import org.slf4j.LoggerFactory;

/**
 * Catches whatever a listener throws, so that it does not reach the thread that calls it. Counts all of it, logs some of it, and
 * clears the interrupt that a listener leaves on a thread of the bus. Any thread.
 */
public final class ListenerGuard {

    private final RateLimitedLog log;
    private final String whose;
    private final LongAdder failures = new LongAdder();

    /** @param whose what the listener listens to, for the log */
    public ListenerGuard(Class<?> listener, String whose) {
        this.log = new RateLimitedLog(LoggerFactory.getLogger(listener));
        this.whose = whose;
    }

    /** Returns how often the listener threw. */
    public long failures() {
        return failures.sum();
    }

    public void call(Runnable call) {
        try {
            call.run();
        } catch (Throwable e) {
            failed(e);
        } finally {
            BusThread.forgetInterrupt();
        }
    }

    public void failed(Throwable e) {
        failures.increment();
        log.warn("a " + whose + "'s listener failed", e);
    }
}
