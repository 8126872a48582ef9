package dev.freshet.bus.internal.redis;

import org.slf4j.LoggerFactory;

/** Catches a listener's exceptions, so that they do not reach the thread that calls it, and logs some of them. Any thread. */
public final class ListenerGuard {

    private final RateLimitedLog log;
    private final String whose;

    /** @param whose what the listener listens to, for the log */
    public ListenerGuard(Class<?> listener, String whose) {
        this.log = new RateLimitedLog(LoggerFactory.getLogger(listener));
        this.whose = whose;
    }

    public void call(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    public void failed(RuntimeException e) {
        log.warn("a " + whose + "'s listener failed", e);
    }
}
