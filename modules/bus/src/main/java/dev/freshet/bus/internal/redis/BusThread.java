package dev.freshet.bus.internal.redis;

/**
 * A daemon thread that belongs to the bus. Foreign code that it calls must not stop it: an interrupt that is left behind is
 * cleared, and a wait for an {@link AnswerFuture} is refused.
 */
public final class BusThread extends Thread {

    public BusThread(Runnable task, String name) {
        super(task, name);
        setDaemon(true);
    }

    /** Whether the calling thread belongs to the bus. */
    static boolean isCurrent() {
        return Thread.currentThread() instanceof BusThread;
    }

    /**
     * Clears the interrupt that foreign code may have left on a thread of the bus. Elsewhere it does nothing: there the
     * interrupt may be meant for the caller. The bus does not depend on interrupts to stop its threads.
     */
    public static void forgetInterrupt() {
        if (isCurrent()) {
            Thread.interrupted();
        }
    }
}
