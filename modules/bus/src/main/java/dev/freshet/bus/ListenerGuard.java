package dev.freshet.bus;

import org.slf4j.LoggerFactory;

/** Keeps what a listener throws away from the thread that calls it, and logs it, now and then. Any thread. */
final class ListenerGuard {

    private final RateLimitedLog log;
    private final String whose;

    /** @param whose what the listener listens to, for the log */
    ListenerGuard(Class<?> listener, String whose) {
        this.log = new RateLimitedLog(LoggerFactory.getLogger(listener));
        this.whose = whose;
    }

    void call(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    void failed(RuntimeException e) {
        log.warn("a " + whose + "'s listener failed", e);
    }
}
