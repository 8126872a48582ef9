package dev.freshet.bus.internal.redis;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that run what callers attached to futures, so that no thread of the bus does. */
public final class Callbacks {

    /** At most so many threads run callbacks while others wait for futures in theirs. */
    private static final int MAX_THREADS = 256;

    /** So many callbacks run although others wait for futures; one less may wait for something else. */
    private static final int PARALLELISM = Math.max(4, Runtime.getRuntime().availableProcessors());

    /**
     * Runs what callers attached. A fork-join pool, because it replaces a thread that waits for a future: a callback may wait
     * for one that another callback completes.
     */
    public static final Executor POOL = new ForkJoinPool(
            PARALLELISM,
            Callbacks::newThread,
            null,
            true,
            0,
            MAX_THREADS,
            PARALLELISM,
            pool -> true,
            2,
            TimeUnit.SECONDS);

    private Callbacks() {}

    private static ForkJoinWorkerThread newThread(ForkJoinPool pool) {
        ForkJoinWorkerThread thread = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
        thread.setName("freshet-callbacks-" + thread.getPoolIndex());
        return thread;
    }

    /** Completes answered futures in the pool, which costs the calling thread one task for all of them. */
    static void complete(List<AnswerFuture<?>> answered) {
        if (!answered.isEmpty()) {
            POOL.execute(new Completion(answered, new AtomicInteger()));
        }
    }

    /**
     * Completes the futures that nobody else has begun to. A callback may wait for what a later one does, so a second thread goes
     * on with the rest from the start, and a third where that one waits too.
     */
    private record Completion(List<AnswerFuture<?>> answered, AtomicInteger begun) implements Runnable {
        @Override
        public void run() {
            int next = begun.getAndIncrement();
            if (next < answered.size() - 1) {
                POOL.execute(this);
            }
            for (; next < answered.size(); next = begun.getAndIncrement()) {
                answered.get(next).settle();
            }
        }
    }
}
