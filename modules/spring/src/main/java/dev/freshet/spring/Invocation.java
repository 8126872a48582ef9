package dev.freshet.spring;

import dev.freshet.spring.internal.transaction.CurrentTransaction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.interceptor.CacheErrorHandler;
import org.springframework.cache.interceptor.CacheOperationInvoker;

/**
 * One call of a method with cache annotations, from the look into the cache until the method's result is there: a value, a future that has
 * completed, a publisher that has ended. Then it ends what leases are left.
 *
 * <p>It is held by the calling thread, and by each result that comes later; it ends when nobody holds it any more. A result that nobody
 * waits for, such as a publisher that is never subscribed to, lets go when it is garbage.
 */
final class Invocation implements CacheOperationInvoker {

    private final CacheOperationInvoker method;
    private final LateResults lateResults;
    private final Supplier<CacheErrorHandler> errors;

    /** Null if the method returns no publisher. */
    private final @Nullable ReactiveCall reactive;

    // Guarded by this. The calling thread reads the first without it: it has added the first end itself, before
    // anything was late.
    private @Nullable List<Runnable> ends;
    private int holders = 1;
    private boolean hasEnded;

    Invocation(
            CacheOperationInvoker method,
            LateResults lateResults,
            Supplier<CacheErrorHandler> errors,
            @Nullable ReactiveCall reactive) {
        this.method = method;
        this.lateResults = lateResults;
        this.errors = errors;
        this.reactive = reactive;
    }

    @Nullable
    ReactiveCall reactive() {
        return reactive;
    }

    /** Returns what is told of faults that come late. */
    CacheErrorHandler errors() {
        return errors.get();
    }

    /** Returns the transaction in which the method was called. */
    @Nullable
    CurrentTransaction transactionOf(FreshetCache cache) {
        return reactive == null ? cache.transactions().current() : reactive.transactionOf(cache);
    }

    /** Calls the method. */
    @Override
    public @Nullable Object invoke() {
        Object result = reactive == null ? method.invoke() : reactive.invoke(method);
        return result == null || !hasEnds() ? result : lateResults.heldByMethod(result, this);
    }

    private synchronized boolean hasEnds() {
        return ends != null;
    }

    /** Returns what the caller gets, and lets the calling thread go. */
    @SuppressWarnings("GuardedBy") // see the field
    @Nullable
    Object answered(@Nullable Object answer) {
        if (ends == null) {
            return answer; // a hit: there is nothing to end
        }
        Object held = answer == null ? null : lateResults.heldByCaller(answer, this);
        letGo();
        return held;
    }

    /** Adds what is done at the end; at once if that has come. The first is added by the calling thread. */
    void atEnd(Runnable end) {
        synchronized (this) {
            if (!hasEnded) {
                if (ends == null) {
                    ends = new ArrayList<>(1);
                }
                ends.add(end);
                return;
            }
        }
        end.run();
    }

    /** Keeps this from ending until the holder is let go. */
    synchronized Holder hold() {
        holders++;
        return new Holder(this);
    }

    void letGo() {
        List<Runnable> due;
        synchronized (this) {
            holders--;
            if (holders > 0 || ends == null) {
                return;
            }
            hasEnded = true;
            due = List.copyOf(ends);
            ends.clear();
        }
        due.forEach(Runnable::run);
    }

    /** Holds an invocation until it is let go, once. */
    static final class Holder implements Runnable {
        private final Invocation invocation;
        private boolean isLetGo;

        private Holder(Invocation invocation) {
            this.invocation = invocation;
        }

        /** Lets go. */
        @Override
        public void run() {
            synchronized (this) {
                if (isLetGo) {
                    return;
                }
                isLetGo = true;
            }
            invocation.letGo();
        }
    }

    /** Completes a future like another one, and lets go when everything that was attached to it has run. */
    static <T> CompletableFuture<T> following(CompletableFuture<T> future, Runnable letGo) {
        CompletableFuture<T> following = future.newIncompleteFuture();
        var unused = future.whenComplete((value, fault) -> {
            if (fault == null) {
                following.complete(value);
            } else {
                following.completeExceptionally(fault);
            }
            letGo.run();
        });
        return following;
    }
}
