package dev.freshet.bus.internal.thread;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Catches whatever a listener, a reader or a handler throws, so that it does not reach the thread that calls it. Counts all of it,
 * logs some of it, and clears the interrupt that is left on a thread of the bus. Any thread.
 */
public final class CallGuard {

    private final RateLimitedLog log;
    private final String what;
    private final LongAdder failures = new LongAdder();

    /**
     * Guards calls of one object.
     *
     * @param type whose name the log shows
     * @param what what the object is, as it begins a sentence
     */
    public CallGuard(Class<?> type, String what) {
        this.log = new RateLimitedLog(LoggerFactory.getLogger(type));
        this.what = what;
    }

    /** Returns how many calls failed. */
    public long failures() {
        return failures.sum();
    }

    /** Runs a call, and returns what it threw, or null. */
    public @Nullable Throwable call(Runnable call) {
        try {
            call.run();
            return null;
        } catch (Throwable e) {
            failed(e);
            return e;
        } finally {
            BusThread.forgetInterrupt();
        }
    }

    /** Notes that a call failed which was not made by {@link #call}. */
    public void failed(Throwable e) {
        failures.increment();
        log.warn(what + " failed", e);
    }
}
