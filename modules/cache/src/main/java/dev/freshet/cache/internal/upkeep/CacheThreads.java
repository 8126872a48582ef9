package dev.freshet.cache.internal.upkeep;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The daemon threads of all caches of the process that were given none of their own. They start when a cache first needs
 * them, and end when there was nothing to do for two seconds, as after the last cache is closed.
 */
public final class CacheThreads {

    private static final int KEEP_ALIVE_SECONDS = 2;
    private static final int REFRESH_THREADS = 4;
    private static final int MAX_QUEUED_REFRESHES = 1_000;
    private static final int ANSWER_THREADS = 64;

    private CacheThreads() {}

    /** One thread, which sweeps, evicts a second time and maintains Caffeine. */
    public static ScheduledExecutorService scheduler() {
        return Scheduler.INSTANCE;
    }

    /** A few threads and a bounded queue for loads that refresh; rejects what exceeds both. */
    public static Executor refreshExecutor() {
        return RefreshExecutor.INSTANCE;
    }

    /**
     * Threads that answer callers, and so run what these attached to their futures: the sweeper must not wait for it, and the JDK's
     * common pool may be full of an application's own waits. The queue is as long as callers wait for an answer.
     */
    public static Executor answers() {
        return Answers.INSTANCE;
    }

    /**
     * It may outlive the application that needed it first, and so takes over nothing of that one's: neither its context class loader, nor
     * inheritable thread-locals, nor, before Java 24, the protection domains on the stack, each of which holds its class loader.
     */
    @SuppressWarnings("removal") // without effect since Java 24, and needed before
    private static ThreadFactory daemons(String name) {
        return work -> {
            Thread thread = AccessController.doPrivileged(
                    (PrivilegedAction<Thread>) () -> new Thread(null, work, name, 0, false));
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
            return thread;
        };
    }

    private static final class Scheduler {
        static final ScheduledExecutorService INSTANCE = newInstance();

        private static ScheduledExecutorService newInstance() {
            ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, daemons("freshet-cache-sweeper"));
            executor.setRemoveOnCancelPolicy(true);
            executor.setKeepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
            executor.allowCoreThreadTimeOut(true);
            return executor;
        }
    }

    private static final class RefreshExecutor {
        static final Executor INSTANCE =
                threads(REFRESH_THREADS, new ArrayBlockingQueue<>(MAX_QUEUED_REFRESHES), "freshet-cache-refresh");
    }

    private static final class Answers {
        static final Executor INSTANCE = threads(ANSWER_THREADS, new LinkedBlockingQueue<>(), "freshet-cache-answers");
    }

    private static Executor threads(int count, BlockingQueue<Runnable> queue, String name) {
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(count, count, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS, queue, daemons(name));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}
