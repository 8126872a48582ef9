package dev.freshet.cache.internal.load;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.AsyncLoader;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.Lookup.Hit;
import dev.freshet.cache.internal.store.Flight;
import dev.freshet.cache.internal.store.Policies;
import dev.freshet.cache.internal.store.Recorder;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Callers that wait for a load without holding a thread. They share loads with each other and with callers that hold one, and have the
 * same limits: each has at most one timer.
 */
public final class AsyncLoads<V> {

    private final SingleFlight<V> loads;
    private final Results<V> results;
    private final Recorder recorder;
    private final TimeSource time;
    private final Policies policies;
    private final @Nullable ScheduledExecutorService scheduler;
    private final Executor answers;

    /** @param answers completes what callers wait for, and so runs what they attached, in place of the thread that loads or keeps time */
    public AsyncLoads(
            RegionCacheConfig<V> config,
            SingleFlight<V> loads,
            Results<V> results,
            Recorder recorder,
            Executor answers) {
        this.loads = loads;
        this.results = results;
        this.recorder = recorder;
        this.time = config.time();
        this.policies = config.policies();
        this.scheduler = config.scheduler();
        this.answers = answers;
    }

    /** Loads, or waits for another caller's load. */
    public CompletableFuture<@Nullable V> get(String key, AsyncLoader<V> loader) {
        Wait wait = new Wait(key, loader);
        wait.join();
        return wait.answer;
    }

    /** One caller. A caller that cancels its answer, or completes it, waits no longer; the load goes on. */
    private final class Wait {
        private final String key;
        private final AsyncLoader<V> loader;
        private final CompletableFuture<@Nullable V> answer = new CompletableFuture<>();
        private final Patience patience = new Patience(time, policies); // guarded by this object's monitor

        Wait(String key, AsyncLoader<V> loader) {
            this.key = key;
            this.loader = loader;
        }

        @SuppressWarnings("FutureReturnValueIgnored") // it only completes the answer
        void join() {
            long nowNanos;
            synchronized (this) {
                nowNanos = patience.nowNanos();
            }
            SingleFlight.Joined<V> joined = loads.joinOrBegin(key, loader, nowNanos);
            Flight<V> flight = joined.flight();
            if (flight == null) {
                answer.complete(joined.stored());
            } else if (flight.result.isDone()) {
                flight.result.whenComplete((value, fault) -> ended(value, fault, joined.isOwn()));
            } else {
                flight.result.whenCompleteAsync((value, fault) -> ended(value, fault, joined.isOwn()), answers);
                setTimer(flight);
            }
        }

        private void ended(@Nullable V value, @Nullable Throwable fault, boolean isOwn) {
            if (fault == null) {
                answer.complete(value);
            } else if (fault instanceof LoadRun.Interruption interruption) {
                if (isOwn) {
                    failed(interruption.fault());
                } else if (!answer.isDone()) {
                    recorder.loadTakenOver();
                    join();
                }
            } else {
                failed(fault);
            }
        }

        private void failed(Throwable fault) {
            failed(new LoadException("the load of key \"" + key + "\" failed", fault));
        }

        private void failed(LoadException failed) {
            if (answer.isDone()) {
                return;
            }
            try {
                answer.complete(results.insteadOf(failed, key).value());
            } catch (LoadException noCopy) {
                answer.completeExceptionally(noCopy);
            }
        }

        @SuppressWarnings("FutureReturnValueIgnored") // it only cancels
        private void setTimer(Flight<V> flight) {
            ScheduledExecutorService timers = scheduler;
            if (timers == null || answer.isDone()) {
                return;
            }
            long nanos;
            synchronized (this) {
                nanos = patience.nanosToWait(flight.startedNanos);
            }
            try {
                Future<?> timer =
                        timers.schedule(() -> answers.execute(() -> passed(flight)), nanos, TimeUnit.NANOSECONDS);
                answer.whenComplete((value, fault) -> timer.cancel(false));
            } catch (RejectedExecutionException shutDown) {
                // Nobody keeps time any more. The load still ends the wait.
            }
        }

        private void passed(Flight<V> flight) {
            if (answer.isDone() || flight.result.isDone()) {
                return;
            }
            Patience.Limit limit;
            long nowNanos;
            synchronized (this) {
                limit = patience.passed(flight.startedNanos);
                nowNanos = patience.nowNanos();
            }
            switch (limit) {
                case SOFT -> {
                    Hit<V> copy = results.stale(key, policies.failSafeNanos());
                    if (copy != null) {
                        answer.complete(copy.value());
                    } else {
                        setTimer(flight);
                    }
                }
                case HARD -> {
                    loads.abandonIfOverdue(key, flight, nowNanos);
                    recorder.loadTimedOut();
                    failed(SingleFlight.tookLongerThan(key, policies.loadTimeoutNanos()));
                }
                case OF_THE_LOAD -> {
                    loads.abandonIfOverdue(key, flight, nowNanos);
                    recorder.loadTakenOver();
                    join();
                }
                case NONE -> setTimer(flight);
            }
        }
    }
}
