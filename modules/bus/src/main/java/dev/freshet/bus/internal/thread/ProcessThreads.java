package dev.freshet.bus.internal.thread;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.function.Supplier;

/**
 * Makes daemon threads that serve the whole process, and may outlive the application that needed them first: they hold nothing of it. A thread
 * takes over from whoever makes it the context class loader, inheritable thread-locals and, before Java 24, the protection domains on
 * the stack, each of which holds its class loader.
 */
public final class ProcessThreads {

    private ProcessThreads() {}

    /** Returns a thread that has not been started. */
    public static Thread daemon(Runnable task, String name) {
        return detached(() -> new Thread(null, task, name, 0, false));
    }

    /** @param maker makes a thread that inherits no thread-locals */
    @SuppressWarnings("removal") // without effect since Java 24, and needed before
    static <T extends Thread> T detached(Supplier<T> maker) {
        T thread = AccessController.doPrivileged((PrivilegedAction<T>) maker::get);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        return thread;
    }
}
