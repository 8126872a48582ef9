package dev.freshet.bus.internal.thread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.PublisherListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(240)
class AnswerFutureTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    private static Thread busThread(Runnable task) {
        Thread thread = new BusThread(task, "bus");
        thread.start();
        return thread;
    }

    /** Attaches in the same moment as the answer comes, in the ways that a subclass can and cannot notice. */
    @Test
    void whateverIsAttachedAndWheneverNothingRunsOnTheThreadThatAnswers() throws InterruptedException {
        for (int i = 0; i < 2_000; i++) {
            AnswerFuture<String> future = new AnswerFuture<>();
            Thread bus = busThread(() -> future.answer("a"));
            CompletableFuture<Thread> own = future.thenApply(value -> Thread.currentThread());
            CompletableFuture<Thread> all = CompletableFuture.allOf(future).thenApply(value -> Thread.currentThread());
            CompletableFuture<Thread> other =
                    CompletableFuture.completedFuture("b").thenCombine(future, (one, two) -> Thread.currentThread());
            if (i % 2 == 0) {
                assertThat(future.join()).isEqualTo("a");
            }
            for (CompletableFuture<Thread> ran : List.of(own, all, other)) {
                assertThat(ran).succeedsWithin(LONG).isNotInstanceOf(BusThread.class);
            }
            bus.join();
        }
    }

    /** Each callback but the last waits for the one after it, in a way that no pool can notice. */
    @Test
    void callbacksOfFuturesThatAreAnsweredTogetherMayWaitForEachOther() throws InterruptedException {
        List<AnswerFuture<String>> futures =
                Stream.generate(AnswerFuture<String>::new).limit(4).toList();
        List<CountDownLatch> begun =
                Stream.generate(() -> new CountDownLatch(1)).limit(4).toList();
        List<CompletableFuture<Boolean>> ran = new ArrayList<>();
        for (int i = 0; i < futures.size(); i++) {
            CountDownLatch own = begun.get(i);
            CountDownLatch next = begun.get(Math.min(i + 1, futures.size() - 1));
            ran.add(futures.get(i).thenApply(value -> {
                own.countDown();
                return isReached(next);
            }));
        }
        busThread(() -> BusThread.answering(() -> futures.forEach(future -> future.answer("a"))))
                .join();
        for (CompletableFuture<Boolean> each : ran) {
            assertThat(each).succeedsWithin(LONG).isEqualTo(true);
        }
    }

    private static boolean isReached(CountDownLatch latch) {
        try {
            return latch.await(LONG.toSeconds() - 1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void futuresThatAreAnsweredTogetherAreAnsweredAlsoIfTheTaskFails() throws InterruptedException {
        AnswerFuture<String> future = new AnswerFuture<>();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread bus = new BusThread(
                () -> BusThread.answering(() -> {
                    future.answer("a");
                    throw new IllegalStateException("as if");
                }),
                "bus");
        bus.setUncaughtExceptionHandler((thread, fault) -> thrown.set(fault));
        CompletableFuture<String> after = future.thenApply(value -> value + "!");
        bus.start();
        bus.join();
        assertThat(thrown.get()).hasMessage("as if");
        assertThat(after).succeedsWithin(LONG).isEqualTo("a!");
    }

    /** Otherwise a publisher that was closed would leave futures that are not done. */
    @Test
    void anAnswerCountsBeforeWhatIsAttachedHasRun() throws InterruptedException {
        CountDownLatch looked = new CountDownLatch(1);
        AtomicBoolean seen = new AtomicBoolean();
        AnswerFuture<String> future = new AnswerFuture<>();
        AnswerFuture<String> failed = new AnswerFuture<>();
        List<CompletableFuture<Boolean>> slow = List.of(
                future.thenApply(value -> isReached(looked)), failed.handle((value, fault) -> isReached(looked)));
        busThread(() -> BusThread.answering(() -> {
                    future.answer("a");
                    failed.fail(new IllegalArgumentException("no"));
                    assertThat(future).isDone();
                    assertThat(future.getNow("absent")).isEqualTo("a");
                    assertThat(failed).isCompletedExceptionally();
                    assertThatThrownBy(() -> failed.getNow("absent"))
                            .isInstanceOf(CompletionException.class)
                            .hasCauseInstanceOf(IllegalArgumentException.class);
                    seen.set(true);
                }))
                .join();
        assertThat(seen).isTrue();
        assertThat(slow).noneMatch(CompletableFuture::isDone);
        looked.countDown();
        assertThat(slow)
                .allSatisfy(each -> assertThat(each).succeedsWithin(LONG).isEqualTo(true));
    }

    @Test
    void aWaiterThatGaveUpIsNotTakenForOneThatCompletesTheFuture() throws Exception {
        AnswerFuture<String> future = new AnswerFuture<>();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> future.get(1, TimeUnit.MICROSECONDS)).isInstanceOf(TimeoutException.class);
        }
        Thread.currentThread().interrupt();
        assertThatThrownBy(future::get).isInstanceOf(InterruptedException.class);
        CompletableFuture<String> after = future.thenApply(value -> value + "!");
        busThread(() -> future.answer("a")).join();
        assertThat(after).succeedsWithin(LONG).isEqualTo("a!");
        assertThat(future.get()).isEqualTo("a");
    }

    @Test
    void aFaultReachesThoseWhoWait() {
        AnswerFuture<String> future = new AnswerFuture<>();
        busThread(() -> future.fail(new IllegalArgumentException("no")));
        assertThatThrownBy(future::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anInterruptedJoinGoesOnAndKeepsTheInterrupt() {
        AnswerFuture<String> future = new AnswerFuture<>();
        Thread.currentThread().interrupt();
        busThread(() -> future.answer("a"));
        assertThat(future.join()).isEqualTo("a");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void whoWaitsHearsOfACallerWhoCompletesOrCancelsIt() {
        AnswerFuture<String> completed = new AnswerFuture<>();
        new Thread(() -> completed.complete("b")).start();
        assertThat(completed.join()).isEqualTo("b");

        AnswerFuture<String> supplied = new AnswerFuture<>();
        assertThat(supplied.completeAsync(() -> "c", task -> new Thread(task).start()))
                .isSameAs(supplied);
        assertThat(supplied.join()).isEqualTo("c");

        AnswerFuture<String> cancelled = new AnswerFuture<>();
        new Thread(() -> cancelled.cancel(true)).start();
        assertThatThrownBy(cancelled::join).isInstanceOf(CancellationException.class);
        cancelled.answer("too late");
        assertThat(cancelled).isCancelled();
        assertThat(cancelled.isAnswered()).isTrue();
    }

    @Test
    void aThreadOfTheBusIsToldInsteadOfWaitingForItself() throws InterruptedException {
        AtomicReference<Throwable> told = new AtomicReference<>();
        Thread bus = new BusThread(
                () -> {
                    try {
                        new AnswerFuture<String>().join();
                    } catch (IllegalStateException e) {
                        told.set(e);
                    }
                },
                "freshet-append");
        bus.start();
        bus.join();
        assertThat(told.get()).hasMessageContaining("must not wait").hasMessageContaining("freshet-append");
    }

    @Test
    void aListenersErrorsAreContainedAndCountedAndItsInterruptIsClearedOnThreadsOfTheBusOnly() throws Exception {
        CallGuard guard = new CallGuard(PublisherListener.class, "publisher");
        Runnable listener = () -> {
            Thread.currentThread().interrupt();
            throw new OutOfMemoryError("as if");
        };
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        busThread(() -> {
            guard.call(listener);
            interrupted.complete(Thread.currentThread().isInterrupted());
        });
        assertThat(interrupted.get(LONG.toSeconds(), TimeUnit.SECONDS)).isFalse();
        guard.call(listener);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(guard.failures()).isEqualTo(2);
    }

    @Test
    void callbacksThatNeverEndDoNotKeepOthersFromRunning() throws InterruptedException {
        CountDownLatch over = new CountDownLatch(1);
        int stuck = 3 * Math.max(4, Runtime.getRuntime().availableProcessors());
        CountDownLatch begun = new CountDownLatch(stuck);
        try {
            for (int i = 0; i < stuck; i++) {
                Callbacks.POOL.execute(() -> {
                    begun.countDown();
                    try {
                        over.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
            }
            assertThat(begun.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 20; i++) {
                AnswerFuture<String> future = new AnswerFuture<>();
                CompletableFuture<String> attached = future.thenApply(answer -> answer + "!");
                busThread(() -> future.answer("yes"));
                assertThat(attached).succeedsWithin(LONG).isEqualTo("yes!");
            }
        } finally {
            over.countDown();
        }
    }

    @Test
    void aCallbackThatLeavesItsThreadInterruptedDisturbsNoOther() throws InterruptedException {
        List<AnswerFuture<String>> together =
                Stream.generate(AnswerFuture<String>::new).limit(50).toList();
        List<CompletableFuture<Boolean>> wereInterrupted = together.stream()
                .map(future -> future.thenApply(answer -> {
                    boolean wasInterrupted = Thread.currentThread().isInterrupted();
                    Thread.currentThread().interrupt();
                    return wasInterrupted;
                }))
                .toList();
        busThread(() -> BusThread.answering(() -> together.forEach(future -> future.answer("yes"))))
                .join();
        for (CompletableFuture<Boolean> wasInterrupted : wereInterrupted) {
            assertThat(wasInterrupted).succeedsWithin(LONG).isEqualTo(false);
        }
        for (int i = 0; i < 50; i++) {
            CompletableFuture<Boolean> wasInterrupted = new CompletableFuture<>();
            Callbacks.POOL.execute(() -> {
                wasInterrupted.complete(Thread.currentThread().isInterrupted());
                Thread.currentThread().interrupt();
            });
            assertThat(wasInterrupted).succeedsWithin(LONG).isEqualTo(false);
        }
    }
}
