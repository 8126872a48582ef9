package dev.freshet.bus.internal.thread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Logged;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(240)
class CallbacksTest {

    private static final long LONG_SECONDS = 60;

    @RegisterExtension
    final Logged logged = new Logged();

    private final CountDownLatch over = new CountDownLatch(1);

    @AfterEach
    void end() {
        over.countDown();
    }

    private List<Thread> hold(int threads) throws InterruptedException {
        List<Thread> held = new ArrayList<>();
        CountDownLatch begun = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            Callbacks.POOL.execute(() -> {
                synchronized (held) {
                    held.add(Thread.currentThread());
                }
                begun.countDown();
                boolean isOver = false;
                while (!isOver) {
                    try {
                        over.await();
                        isOver = true;
                    } catch (InterruptedException e) {
                        // callbacks of others need not heed it
                    }
                }
            });
        }
        assertThat(begun.await(LONG_SECONDS, TimeUnit.SECONDS)).isTrue();
        return held;
    }

    /**
     * No task is overlooked, however rarely: whoever waits for a replacement would show as a thread that did not run callbacks before.
     * A fork-join pool of JDK 17 fails this after some 70,000 tasks.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 9})
    void whateverIsHeldTheOthersAreRunByTheThreadsThatThereAre(int held) throws InterruptedException {
        hold(held);
        Set<Thread> ran = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 60_000; i++) {
            CountDownLatch done = new CountDownLatch(1);
            Callbacks.POOL.execute(() -> {
                ran.add(Thread.currentThread());
                done.countDown();
            });
            assertThat(done.await(LONG_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(ran).hasSizeLessThanOrEqualTo(8 * Callbacks.PARALLELISM);
        }
    }

    @Test
    void aThreadIsHeldForAsLongAsItsCallbackKeepsIt() throws InterruptedException {
        hold(3 * Callbacks.PARALLELISM);
        assertThat(Callbacks.held()).isPositive();
        over.countDown();
        await().until(() -> Callbacks.held() == 0);
    }

    /** Beyond the bound others wait, which is said, and run as soon as one ends. */
    @Test
    void asManyAsMayBeHeldAreAndThatIsSaid() throws InterruptedException {
        hold(Callbacks.PARALLELISM + Callbacks.MAX_HELD);
        CompletableFuture<String> another = new CompletableFuture<>();
        Callbacks.POOL.execute(() -> another.complete("done"));

        await().until(() -> logged.lines().stream().anyMatch(line -> line.contains("keep their threads")));
        assertThat(another).isNotDone();
        over.countDown();
        assertThat(another.orTimeout(LONG_SECONDS, TimeUnit.SECONDS).join()).isEqualTo("done");
        await().until(() -> Callbacks.held() == 0);
        await().until(() -> {
            for (int i = 0; i < 1_000; i++) { // which would keep all of them awake
                Callbacks.POOL.execute(() -> {});
            }
            return callbackThreads() <= 3L * Callbacks.PARALLELISM;
        });
        assertThat(logged.lines())
                .filteredOn(line -> line.contains("keep their threads"))
                .hasSize(1);
    }

    /** A thread that looks for work in LinkedTransferQueue before Java 21 can do so with all of a processor (JDK-8301341). */
    @Test
    void threadsRestWhenThereIsNothingToDo() throws InterruptedException {
        Set<Thread> ran = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 20_000; i++) {
            CountDownLatch done = new CountDownLatch(3);
            for (int j = 0; j < 3; j++) {
                Callbacks.POOL.execute(() -> {
                    ran.add(Thread.currentThread());
                    done.countDown();
                });
            }
            assertThat(done.await(LONG_SECONDS, TimeUnit.SECONDS)).isTrue();
            long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONG_SECONDS);
            while (ran.stream().anyMatch(thread -> thread.getState() == Thread.State.RUNNABLE)) {
                assertThat(System.nanoTime()).as("turn " + i).isLessThan(untilNanos);
                Thread.onSpinWait();
            }
        }
    }

    private static long callbackThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("freshet-callbacks"))
                .count();
    }

    /** More of them than threads wait for a future that another callback completes. */
    @Test
    void whoWaitsForAFutureIsReplaced() throws InterruptedException {
        CompletableFuture<String> theirs = new AnswerFuture<>();
        int callbacks = 10 * Callbacks.PARALLELISM;
        CountDownLatch ended = new CountDownLatch(callbacks);
        for (int i = 0; i < callbacks; i++) {
            Callbacks.POOL.execute(() -> {
                theirs.join();
                ended.countDown();
            });
        }
        Callbacks.POOL.execute(() -> theirs.complete("done"));
        assertThat(ended.await(LONG_SECONDS, TimeUnit.SECONDS)).isTrue();
        await().until(() -> Callbacks.held() == 0);
    }

    @Test
    void anErrorTakesNoThreadFromTheOthers() {
        for (int i = 0; i < 10 * Callbacks.PARALLELISM; i++) {
            Callbacks.POOL.execute(() -> {
                Thread.currentThread().setUncaughtExceptionHandler((thread, error) -> {});
                throw new AssertionError("as if");
            });
            CompletableFuture<String> after = new CompletableFuture<>();
            Callbacks.POOL.execute(() -> after.complete("done"));
            assertThat(after.orTimeout(LONG_SECONDS, TimeUnit.SECONDS).join()).isEqualTo("done");
        }
        await().until(() -> Callbacks.held() == 0);
    }
}
