package dev.freshet.bus.internal.thread;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A future that a thread of the bus {@linkplain #answer answers}. That thread never runs what callers attached to the future,
 * so their code cannot stop it.
 *
 * <p>A caller that waits in {@link #join} or {@link #get} is woken directly, and completes the future itself. If no caller
 * waits, {@link Callbacks} complete it. Whether dependents exist is never asked: one could be attached right
 * after.
 */
public final class AnswerFuture<T> extends CompletableFuture<T> {

    private record Answer<T>(@Nullable T value, @Nullable Throwable fault) {}

    /** A thread that waits for the answer. The newest is first. */
    private final class Waiter implements ForkJoinPool.ManagedBlocker {
        private final @Nullable Waiter next;
        private final boolean isTimed;
        private final long deadlineNanos;

        /** Null once it does not wait any more. */
        private volatile @Nullable Thread thread = Thread.currentThread();

        private boolean stopsIfInterrupted;
        private boolean wasInterrupted;

        Waiter(@Nullable Waiter next, boolean isTimed, long deadlineNanos) {
            this.next = next;
            this.isTimed = isTimed;
            this.deadlineNanos = deadlineNanos;
        }

        @Override
        public boolean block() {
            if (isTimed) {
                LockSupport.parkNanos(AnswerFuture.this, deadlineNanos - System.nanoTime());
            } else {
                LockSupport.park(AnswerFuture.this);
            }
            return isReleasable();
        }

        @Override
        public boolean isReleasable() {
            wasInterrupted |= Thread.interrupted();
            return isAnswered()
                    || (stopsIfInterrupted && wasInterrupted)
                    || (isTimed && deadlineNanos - System.nanoTime() <= 0);
        }
    }

    /** The answer once there is one; before, the first of those who wait, or null. */
    private final AtomicReference<@Nullable Object> state = new AtomicReference<>();

    // ---- for the bus

    /** Answers with a value. On a thread of the bus it runs no foreign code. */
    public void answer(T value) {
        answer(new Answer<>(value, null));
    }

    /** Answers with a fault. On a thread of the bus it runs no foreign code. */
    public void fail(Throwable fault) {
        answer(new Answer<T>(null, fault));
    }

    /**
     * Answers with the outcome of another future, once it has one: whoever waits for that runs nothing that callers attach to this one,
     * if it is a thread of the bus.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // passes the outcome on
    public void answerWith(CompletableFuture<? extends T> other) {
        other.whenComplete((value, fault) -> {
            if (fault == null) {
                answer(value);
            } else {
                fail(fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault);
            }
        });
    }

    /** Whether it is answered, or a caller completed it. */
    public boolean isAnswered() {
        return super.isDone() || state.get() instanceof Answer;
    }

    private void answer(Answer<T> answer) {
        Object before;
        do {
            before = state.get();
            if (before instanceof Answer) {
                return;
            }
        } while (!state.compareAndSet(before, answer));
        boolean isTaken = wake(before);
        if (!BusThread.isCurrent()) {
            settle();
        } else if (!isTaken) {
            BusThread.complete(this);
        }
    }

    /** Wakes who waits, and returns whether anybody does. */
    private static boolean wake(@Nullable Object first) {
        boolean isAny = false;
        for (Object at = first; at instanceof AnswerFuture<?>.Waiter waiter; at = waiter.next) {
            Thread thread = waiter.thread;
            if (thread != null) {
                LockSupport.unpark(thread);
                isAny = true;
            }
        }
        return isAny;
    }

    /** Completes the future if it is answered. Runs what callers attached. */
    @SuppressWarnings("unchecked") // only answers of this type get in
    void settle() {
        if (state.get() instanceof Answer<?> answer) {
            Throwable fault = answer.fault();
            if (fault == null) {
                super.complete((T) answer.value());
            } else {
                super.completeExceptionally(fault);
            }
        }
    }

    // ---- for those who look: an answer counts at once, also while what callers attached has not run yet

    @Override
    public boolean isDone() {
        return isAnswered();
    }

    @Override
    public boolean isCompletedExceptionally() {
        return super.isDone() ? super.isCompletedExceptionally() : faultOfAnswer() != null;
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway"}) // only answers of this type get in, null if it allows null
    public T getNow(T absent) {
        if (!super.isDone() && state.get() instanceof Answer<?> answer) {
            if (answer.fault() != null) {
                throw new CompletionException(answer.fault());
            }
            return (T) answer.value();
        }
        return super.getNow(absent);
    }

    private @Nullable Throwable faultOfAnswer() {
        return state.get() instanceof Answer<?> answer ? answer.fault() : null;
    }

    // ---- for those who wait

    @Override
    public T join() {
        if (await(false, false, 0)) {
            Thread.currentThread().interrupt();
        }
        return super.join();
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        if (await(true, false, 0)) {
            endInterrupted();
        }
        return super.get();
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        if (await(true, true, System.nanoTime() + unit.toNanos(timeout))) {
            endInterrupted();
        }
        return super.get(0, unit);
    }

    /** An answer that is there is taken all the same. */
    private void endInterrupted() throws InterruptedException {
        if (!isDone()) {
            throw new InterruptedException();
        }
        Thread.currentThread().interrupt();
    }

    /**
     * Waits for the answer and completes the future. Returns whether the thread was interrupted; the flag is cleared. A thread
     * of the bus could wait for itself, and would run what others attached.
     */
    private boolean await(boolean stopsIfInterrupted, boolean isTimed, long deadlineNanos) {
        if (!super.isDone() && BusThread.isCurrent()) {
            throw new IllegalStateException("listeners and readers must not wait for a future on a thread of the bus: "
                    + Thread.currentThread().getName());
        }
        boolean wasInterrupted = false;
        Waiter waiter = enqueue(isTimed, deadlineNanos);
        if (waiter != null) {
            waiter.stopsIfInterrupted = stopsIfInterrupted;
            try {
                ForkJoinPool.managedBlock(waiter);
            } catch (InterruptedException e) {
                waiter.wasInterrupted = true;
            }
            // The answer came before this, and is settled below; or whoever brings it finds nobody who waits.
            waiter.thread = null;
            wasInterrupted = waiter.wasInterrupted;
        }
        settle();
        return wasInterrupted;
    }

    /** Returns null if there is nothing to wait for. */
    private @Nullable Waiter enqueue(boolean isTimed, long deadlineNanos) {
        while (!isAnswered()) {
            Object before = state.get();
            if (before instanceof Answer) {
                return null;
            }
            Waiter waiter = new Waiter(firstThatWaits(before), isTimed, deadlineNanos);
            if (state.compareAndSet(before, waiter)) {
                return waiter;
            }
        }
        return null;
    }

    @SuppressWarnings("unchecked") // only waiters of this future get in
    private @Nullable Waiter firstThatWaits(@Nullable Object first) {
        Waiter at = (Waiter) first;
        while (at != null && at.thread == null) {
            at = at.next;
        }
        return at;
    }

    // ---- callers may complete it as well; then it is as if the answer had come

    private boolean wakeIf(boolean isCompleted) {
        wake(state.get());
        return isCompleted;
    }

    @Override
    public boolean complete(T value) {
        return wakeIf(super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable fault) {
        return wakeIf(super.completeExceptionally(fault));
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return wakeIf(super.cancel(mayInterruptIfRunning));
    }

    @Override
    public void obtrudeValue(T value) {
        super.obtrudeValue(value);
        wake(state.get());
    }

    @Override
    public void obtrudeException(Throwable fault) {
        super.obtrudeException(fault);
        wake(state.get());
    }

    @Override
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier) {
        return completeAsync(supplier, defaultExecutor());
    }

    @Override
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
        executor.execute(() -> {
            if (isDone()) {
                return;
            }
            try {
                complete(supplier.get());
            } catch (Throwable fault) {
                completeExceptionally(fault);
            }
        });
        return this;
    }
}
