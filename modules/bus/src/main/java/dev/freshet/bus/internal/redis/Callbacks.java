package dev.freshet.bus.internal.redis;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The threads that run what callers attached to futures, so that no thread of the bus does. */
public final class Callbacks {

    /** At most this many threads of the pool run callbacks while others wait for futures in theirs, and as many spare threads. */
    private static final int MAX_THREADS = 256;

    /** This many callbacks run at a time, besides those that wait for futures. */
    private static final int PARALLELISM = Math.max(4, Runtime.getRuntime().availableProcessors());

    /** If tasks wait and none begins for this long, a spare thread takes them. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** A fork-join pool, because it replaces a thread that waits for a future: a callback may wait for one that another completes. */
    private static final ForkJoinPool THREADS = new ForkJoinPool(
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

    /** The tasks that no thread has taken. The pool has a turn for each of them, so that a spare thread can take any. */
    private static final Queue<Runnable> TASKS = new ConcurrentLinkedQueue<>();

    /** How many turns of the pool have lost their task to a spare thread. A new task takes over such a turn. */
    private static final AtomicInteger LEFT_OVER_TURNS = new AtomicInteger();

    private static final AtomicBoolean IS_WATCHED = new AtomicBoolean();
    private static final AtomicInteger SPARES = new AtomicInteger();

    /** The task that waited longest at the last {@link #relieve}, which runs on one thread; null if none waited. */
    private static @Nullable Runnable longestWaiting;

    /** Runs what callers attached. */
    public static final Executor POOL = Callbacks::execute;

    private Callbacks() {}

    private static ForkJoinWorkerThread newThread(ForkJoinPool pool) {
        ForkJoinWorkerThread thread = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
        thread.setName("freshet-callbacks-" + thread.getPoolIndex());
        return thread;
    }

    private static void execute(Runnable task) {
        TASKS.add(task);
        boolean hasTurn = LEFT_OVER_TURNS.getAndUpdate(turns -> turns > 0 ? turns - 1 : turns) > 0;
        if (!hasTurn) {
            THREADS.execute(Callbacks::takeTurn);
        }
        if (hasTurn || THREADS.getActiveThreadCount() >= PARALLELISM) {
            watch();
        }
    }

    private static void takeTurn() {
        Runnable task = TASKS.poll();
        if (task == null) {
            LEFT_OVER_TURNS.decrementAndGet();
        } else {
            if (!TASKS.isEmpty()) {
                watch(); // this thread may be the last that is free
            }
            run(task);
        }
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } finally {
            forgetInterrupt();
        }
    }

    /** A callback may leave its thread interrupted. The next one has nothing to do with that. */
    private static void forgetInterrupt() {
        Thread.interrupted();
    }

    private static void watch() {
        if (IS_WATCHED.compareAndSet(false, true)) {
            Timeouts.onTimer(PATIENCE_NANOS, Callbacks::relieve);
        }
    }

    /**
     * The pool's threads may be busy with callbacks that wait for something else, which the pool cannot know. Or a thread went to
     * sleep just as the last task came, which the pool of JDK 17 overlooks while its other threads are busy.
     */
    private static void relieve() {
        IS_WATCHED.set(false);
        Runnable before = longestWaiting;
        Runnable first = TASKS.peek();
        longestWaiting = first;
        if (first != null) {
            watch();
            if (first == before) {
                startSpare();
            }
        }
    }

    private static void startSpare() {
        if (SPARES.incrementAndGet() > MAX_THREADS) {
            SPARES.decrementAndGet();
            return;
        }
        Thread spare = new Thread(Callbacks::standIn, "freshet-callbacks-spare");
        spare.setDaemon(true);
        spare.setContextClassLoader(null);
        boolean isStarted = false;
        try {
            spare.start();
            isStarted = true;
        } finally {
            if (!isStarted) {
                SPARES.decrementAndGet(); // the host has no more threads; watched tasks are looked at again
            }
        }
    }

    private static void standIn() {
        try {
            for (Runnable task = TASKS.poll(); task != null; task = TASKS.poll()) {
                LEFT_OVER_TURNS.incrementAndGet();
                run(task);
            }
        } finally {
            SPARES.decrementAndGet();
        }
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
                forgetInterrupt();
            }
        }
    }
}
