package dev.freshet.bus.internal.thread;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Does something when a time has passed, in {@link Callbacks#POOL}. One thread for all clients of the process, which ends when there
 * is nothing to wait for. The JDK's own for futures never ends, and holds the class loader of whoever used it first.
 */
public final class Timeouts {

    private static final int KEEP_ALIVE_SECONDS = 2;

    private static final ScheduledThreadPoolExecutor TIMER = newTimer();

    private Timeouts() {}

    private static ScheduledThreadPoolExecutor newTimer() {
        ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(1, task -> ProcessThreads.daemon(task, "freshet-timeouts"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        return timer;
    }

    /** Runs a task after a time on the one thread, so it must be short, and no foreign code. */
    @SuppressWarnings("FutureReturnValueIgnored") // never cancelled
    static void onTimer(long nanos, Runnable task) {
        TIMER.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    /** Runs a task after a time, unless the future is done by then. */
    @SuppressWarnings("FutureReturnValueIgnored") // only cancels
    public static void unlessDone(CompletableFuture<?> future, long nanos, Runnable task) {
        Future<?> timer = TIMER.schedule(() -> Callbacks.POOL.execute(task), nanos, TimeUnit.NANOSECONDS);
        future.whenComplete((result, fault) -> timer.cancel(false));
    }
}
