package dev.freshet.bus.internal.thread;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A daemon thread that belongs to the bus. Foreign code that it calls must not stop it: an interrupt that is left behind is
 * cleared, and a wait for an {@link AnswerFuture} is refused.
 */
public final class BusThread extends Thread {

    /** The futures answered within {@link #answering}; null outside. */
    private @Nullable List<AnswerFuture<?>> answered;

    public BusThread(Runnable task, String name) {
        super(task, name);
        setDaemon(true);
    }

    /** Whether the calling thread belongs to the bus. */
    public static boolean isCurrent() {
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

    /**
     * Runs a task that answers many futures. On a thread of the bus, those for which nobody waits are handed to {@link
     * Callbacks} together after it, which saves a task for each.
     */
    public static void answering(Runnable task) {
        if (Thread.currentThread() instanceof BusThread thread && thread.answered == null) {
            List<AnswerFuture<?>> answered = new ArrayList<>();
            thread.answered = answered;
            try {
                task.run();
            } finally {
                thread.answered = null;
                Callbacks.complete(answered);
            }
        } else {
            task.run();
        }
    }

    /** Hands an answered future to {@link Callbacks}. Only on a thread of the bus. */
    static void complete(AnswerFuture<?> future) {
        List<AnswerFuture<?>> answered = ((BusThread) Thread.currentThread()).answered;
        if (answered == null) {
            Callbacks.complete(List.of(future));
        } else {
            answered.add(future);
        }
    }
}
