package dev.freshet.testkit;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * Work beside a test, each on a daemon thread of its own. The JDK's common pool has one thread on a machine of two cores, so that
 * of two calls that block there the second never begins.
 */
public final class Background {

    /** Work that may throw. */
    @FunctionalInterface
    public interface Work {
        void run() throws Exception;
    }

    private Background() {}

    /** Runs the work. The future has its end; what it throws is the cause of the {@code ExecutionException}. */
    public static CompletableFuture<Void> run(Work work) {
        return start(() -> {
            work.run();
            return null;
        });
    }

    /** Runs the work. The future has what it returns; what it throws is the cause of the {@code ExecutionException}. */
    public static <T> CompletableFuture<T> call(Callable<T> work) {
        return start(work);
    }

    private static <T> CompletableFuture<T> start(Callable<? extends T> work) {
        CompletableFuture<T> end = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        end.complete(work.call());
                    } catch (Throwable fault) { // an AssertionError too belongs to who waits
                        end.completeExceptionally(fault);
                    }
                },
                "background");
        thread.setDaemon(true);
        thread.start();
        return end;
    }
}
