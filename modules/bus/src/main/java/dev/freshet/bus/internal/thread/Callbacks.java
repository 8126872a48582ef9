package dev.freshet.bus.internal.thread;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that run what callers attached to futures, so that no thread of the bus does.
 *
 * <p>Each thread that a callback holds is replaced: at once if the callback waits for a future of the bus, which it may well be
 * another's turn to complete; else once a task has waited for {@link #PATIENCE_NANOS}. So callbacks that never end keep nobody
 * from running, until {@link #MAX_HELD} of them are held. A fork-join pool would replace threads by itself, but only
 * those that wait in its own way, and that of JDK 17 can overlook a task for as long as its other threads are held.
 */
public final class Callbacks {

    private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);

    /** This many callbacks run at a time, besides those that hold their threads. */
    static final int PARALLELISM = Math.max(4, Runtime.getRuntime().availableProcessors());

    /** At most this many threads are replaced at a time. */
    static final int MAX_HELD = 512;

    /** So many threads more than are needed may stay idle for a while: the next callback that waits takes one of them. */
    private static final int MAX_SURPLUS = 2 * PARALLELISM;

    /** If a task waits for this long, the threads that no task has left meanwhile are held. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final long KEEP_ALIVE_SECONDS = 2;

    /** The threads of the pool that are alive. */
    private static final Set<CallbackThread> THREADS = ConcurrentHashMap.newKeySet();

    private static final Pool EXECUTOR = new Pool();

    private static final AtomicBoolean IS_WATCHED = new AtomicBoolean();

    /** The task that waited longest at the last {@link #relieve}, which runs on one thread; null if none waited. */
    private static @Nullable Runnable longestWaiting;

    /** Runs what callers attached. */
    public static final Executor POOL = Callbacks::execute;

    private Callbacks() {}

    private static void execute(Runnable task) {
        try {
            EXECUTOR.execute(task);
        } catch (OutOfMemoryError e) { // the host has no more threads: the others do it, or one that is begun later
            EXECUTOR.getQueue().add(task);
        }
        if (!EXECUTOR.getQueue().isEmpty()) {
            watch();
        }
    }

    private static void watch() {
        if (IS_WATCHED.get() || !IS_WATCHED.compareAndSet(false, true)) {
            return;
        }
        boolean isDue = false;
        try {
            Timeouts.onTimer(PATIENCE_NANOS, Callbacks::relieve);
            isDue = true;
        } finally {
            if (!isDue) {
                IS_WATCHED.set(false);
            }
        }
    }

    /** A task that waits since the last time waits for threads that are held. */
    private static void relieve() {
        IS_WATCHED.set(false);
        Runnable before = longestWaiting;
        Runnable first = EXECUTOR.getQueue().peek();
        longestWaiting = first;
        if (first == null) {
            return;
        }
        watch();
        if (first == before) {
            long sinceNanos = System.nanoTime() - PATIENCE_NANOS;
            for (CallbackThread thread : THREADS) {
                thread.holdIfBusySince(sinceNanos);
            }
            EXECUTOR.startMissing();
        }
    }

    /** Waits as {@link ForkJoinPool#managedBlock} does. A callback that waits is replaced meanwhile. */
    static void await(ForkJoinPool.ManagedBlocker blocker) throws InterruptedException {
        CallbackThread held = Thread.currentThread() instanceof CallbackThread thread && thread.hold() ? thread : null;
        try {
            ForkJoinPool.managedBlock(blocker);
        } finally {
            if (held != null) {
                held.release();
            }
        }
    }

    /** How many threads run callbacks that keep them. */
    static int held() {
        return EXECUTOR.held.get();
    }

    private static final class Pool extends ThreadPoolExecutor {

        private final AtomicInteger held = new AtomicInteger();

        /** Guarded by {@link #held}. */
        private boolean wasFull;

        Pool() {
            super(
                    PARALLELISM,
                    PARALLELISM + MAX_SURPLUS,
                    KEEP_ALIVE_SECONDS,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    worker -> ProcessThreads.detached(() -> new CallbackThread(worker)));
            allowCoreThreadTimeOut(true);
        }

        @Override
        protected void beforeExecute(Thread thread, Runnable task) {
            ((CallbackThread) thread).begin();
        }

        @Override
        protected void afterExecute(Runnable task, @Nullable Throwable fault) {
            ((CallbackThread) Thread.currentThread()).end();
        }

        void held(int more) {
            held.addAndGet(more);
            boolean isNewlyFull;
            synchronized (held) { // whoever is last sets what is true last
                int now = held.get();
                isNewlyFull = now >= MAX_HELD && !wasFull;
                wasFull = now >= MAX_HELD
                        || (wasFull && now > MAX_HELD / 2); // not said again for each that comes and goes
                try {
                    resize(PARALLELISM + Math.min(MAX_HELD, now));
                } catch (OutOfMemoryError e) {
                    watch(); // the host has no more threads now
                }
            }
            if (isNewlyFull) {
                LOG.error(
                        "{} callbacks of futures keep their threads (freshet-callbacks), so that others wait until one ends: callbacks must"
                                + " not wait for ever",
                        MAX_HELD);
            }
        }

        /** Threads beyond the maximum end as soon as they are idle. Load that keeps all awake would keep them otherwise. */
        private void resize(int core) {
            if (core > getCorePoolSize()) {
                setMaximumPoolSize(core + MAX_SURPLUS);
                setCorePoolSize(core);
            } else {
                setCorePoolSize(core);
                setMaximumPoolSize(core + MAX_SURPLUS);
            }
        }

        void startMissing() {
            if (getPoolSize() < getCorePoolSize()) {
                prestartCoreThread();
            }
        }
    }

    private static final class CallbackThread extends Thread {

        private boolean isBusy;
        private long begunNanos;
        private boolean isHeld;

        CallbackThread(Runnable worker) {
            super(null, worker, "freshet-callbacks", 0, false);
        }

        @Override
        public void run() {
            THREADS.add(this);
            try {
                super.run();
            } finally {
                THREADS.remove(this);
                end(); // in case an Error came between
            }
        }

        synchronized void begin() {
            isBusy = true;
            begunNanos = System.nanoTime();
        }

        void end() {
            synchronized (this) {
                isBusy = false;
            }
            release();
        }

        /** Returns whether it was not held before. */
        boolean hold() {
            synchronized (this) {
                if (isHeld) {
                    return false;
                }
                isHeld = true;
            }
            EXECUTOR.held(1);
            return true;
        }

        void holdIfBusySince(long nanos) {
            synchronized (this) {
                if (isHeld || !isBusy || begunNanos - nanos > 0) {
                    return;
                }
                isHeld = true;
            }
            EXECUTOR.held(1);
        }

        void release() {
            synchronized (this) {
                if (!isHeld) {
                    return;
                }
                isHeld = false;
            }
            EXECUTOR.held(-1);
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
                Thread.interrupted(); // which a callback may leave, and which is nothing to the next
            }
        }
    }
}
