package dev.freshet.bus.internal.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.internal.append.AppendQueue.Offer;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(240)
class AppendQueueTest {

    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(200);

    private final AppendQueue queue = new AppendQueue(10);

    private static Submission submission(String region, String... keys) {
        return new Submission(region, List.of(Selector.keys(keys)), OptionalLong.empty(), false, 0, 0);
    }

    private CompletableFuture<List<Submission>> appendingThread() {
        CompletableFuture<List<Submission>> taken = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                taken.complete(queue.takeAll(LONG_NANOS));
            } catch (InterruptedException e) {
                taken.completeExceptionally(e);
            }
        });
        thread.start();
        await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        return taken;
    }

    @Test
    void anOfferingThreadLeadsOnlyWhileTheAppendingThreadIsIdleAndOnlyOneDoes() {
        assertThat(queue.offer(submission("r", "a"), true)).isEqualTo(Offer.QUEUED);
        assertThat(queue.takeRest()).hasSize(1);

        CompletableFuture<List<Submission>> taken = appendingThread();
        assertThat(queue.offer(submission("r", "b"), true)).isEqualTo(Offer.LEADING);
        Submission second = submission("r", "c");
        assertThat(queue.offer(second, true)).isEqualTo(Offer.QUEUED);
        assertThat(taken).isNotDone();
        queue.resign(null);
        assertThat(taken.join()).containsExactly(second);
    }

    @Test
    void aLeaderTakesWhatComesMeanwhileAndResignsWhenNothingDoes() {
        CompletableFuture<List<Submission>> taken = appendingThread();
        assertThat(queue.offer(submission("r", "a"), true)).isEqualTo(Offer.LEADING);
        Submission second = submission("r", "b");
        assertThat(queue.offer(second, true)).isEqualTo(Offer.QUEUED);
        assertThat(queue.takeOrResign()).containsExactly(second);
        assertThat(queue.offer(submission("r", "c", "d"), false)).isEqualTo(Offer.QUEUED);
        assertThat(queue.takeOrResign()).hasSize(1);
        assertThat(queue.takeOrResign()).isEmpty();

        assertThat(taken).isNotDone();
        assertThat(queue.offer(submission("r", "e"), true)).isEqualTo(Offer.LEADING);
        assertThat(queue.takeOrResign()).isEmpty();
        Submission last = submission("r", "f");
        assertThat(queue.offer(last, false)).isEqualTo(Offer.QUEUED);
        assertThat(taken.join()).containsExactly(last);
    }

    /** Or nobody would look after connections and clocks as long as callers come. */
    @Test
    void anAppendingThreadThatHasSomethingElseToDoLeadsNext() throws InterruptedException {
        AtomicBoolean wasInterrupted = new AtomicBoolean();
        Thread appending = new Thread(() -> {
            try {
                queue.takeAll(LONG_NANOS);
            } catch (InterruptedException e) {
                wasInterrupted.set(true);
            }
        });
        appending.start();
        await().until(() -> appending.getState() == Thread.State.TIMED_WAITING);
        assertThat(queue.offer(submission("r", "a"), true)).isEqualTo(Offer.LEADING);
        appending.interrupt();
        await().until(() -> appending.getState() == Thread.State.WAITING);
        Submission second = submission("r", "b");
        assertThat(queue.offer(second, true)).isEqualTo(Offer.QUEUED);

        assertThat(queue.takeOrResign()).isEmpty();
        appending.join();
        assertThat(wasInterrupted).isTrue();
        assertThat(queue.takeRest()).containsExactly(second);
    }

    @Test
    void whatMayNotLeadIsQueued() {
        CompletableFuture<List<Submission>> taken = appendingThread();
        Submission submission = submission("r", "a");
        assertThat(queue.offer(submission, false)).isEqualTo(Offer.QUEUED);
        assertThat(taken.join()).containsExactly(submission);
    }

    @Test
    void whatALeaderCouldNotAppendComesFirst() {
        CompletableFuture<List<Submission>> taken = appendingThread();
        Submission first = submission("r", "a");
        Submission second = submission("r", "b");
        assertThat(queue.offer(first, true)).isEqualTo(Offer.LEADING);
        assertThat(queue.offer(second, true)).isEqualTo(Offer.QUEUED);
        queue.resign(first);
        assertThat(taken.join()).containsExactly(first, second);
        assertThat(queue.size()).isZero();
    }

    @Test
    void anAppendingThreadThatIsClosedWaitsUntilTheLeaderResigns() {
        CompletableFuture<List<Submission>> taken = appendingThread();
        assertThat(queue.offer(submission("r", "a"), true)).isEqualTo(Offer.LEADING);
        queue.close();
        assertThat(queue.offer(submission("r", "b"), true)).isEqualTo(Offer.CLOSED);
        assertThat(taken).isNotDone();
        queue.resign(null);
        assertThat(taken.join()).isEmpty();
    }

    @Test
    void whatIsTooMuchIsRefusedAlsoWhileAnotherThreadLeads() {
        CompletableFuture<List<Submission>> taken = appendingThread();
        assertThat(queue.offer(submission("r", "a"), true)).isEqualTo(Offer.LEADING);
        assertThat(queue.offer(submission("r", "1", "2", "3", "4", "5", "6", "7", "8", "9"), true))
                .isEqualTo(Offer.QUEUED);
        assertThat(queue.offer(submission("r", "b", "c"), true)).isEqualTo(Offer.FULL);
        queue.resign(null);
        assertThat(taken.join()).hasSize(1);
    }

    @Test
    void ofManyAsManyAreTakenAsThereIsRoomForInTheirOrder() {
        List<Submission> many = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            many.add(submission("r", "a" + i, "b" + i));
        }
        CompletableFuture<List<Submission>> taken = appendingThread();
        assertThat(queue.offerAll(many)).isEqualTo(5);
        assertThat(taken.join()).isEqualTo(many.subList(0, 5));
        assertThat(queue.offerAll(many.subList(5, 6))).isEqualTo(1);
        queue.close();
        assertThat(queue.offerAll(many)).isZero();
    }

    /** Whoever is at work is alone, sees what was done before, and meets each caller's changes in their order, all of them. */
    @Test
    void oneThreadLeadsAtATimeAndNothingOvertakesOrIsLost() throws InterruptedException {
        int callers = 3;
        int each = 30_000;
        AppendQueue large = new AppendQueue(callers * each);
        Work work = new Work();
        AtomicInteger leads = new AtomicInteger();
        AtomicBoolean isOver = new AtomicBoolean();
        Thread appending = new Thread(() -> {
            try {
                while (!isOver.get() || large.size() > 0) {
                    work.onAll(large.takeAll(TimeUnit.MILLISECONDS.toNanos(1)));
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        appending.start();
        List<Thread> threads = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            String region = "r" + caller;
            Random random = new Random(caller);
            threads.add(new Thread(() -> {
                for (int i = 0; i < each; i++) {
                    Submission submission = submission(region, Integer.toString(i));
                    if (large.offer(submission, true) == Offer.LEADING) {
                        leads.incrementAndGet();
                        boolean begins = random.nextInt(4) > 0;
                        if (begins) {
                            work.onAll(List.of(submission));
                            for (List<Submission> more = large.takeOrResign();
                                    !more.isEmpty();
                                    more = large.takeOrResign()) {
                                work.onAll(more);
                            }
                        } else {
                            large.resign(submission);
                        }
                    }
                    if (random.nextInt(20) == 0) {
                        LockSupport.parkNanos(1_000);
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        isOver.set(true);
        appending.join();

        assertThat(work.faults).isEmpty();
        assertThat(work.next.values()).containsOnly(each).hasSize(callers);
        assertThat(leads).hasPositiveValue();
    }

    private static final class Work {
        private final AtomicBoolean isBusy = new AtomicBoolean();
        private final List<String> faults = new ArrayList<>();
        private final ConcurrentHashMap<String, Integer> next = new ConcurrentHashMap<>();

        void onAll(List<Submission> submissions) {
            if (!isBusy.compareAndSet(false, true)) {
                throw new AssertionError("two are at work");
            }
            for (Submission submission : submissions) {
                int number = Integer.parseInt(
                        ((Selector.Keys) submission.selectors().get(0)).keys().get(0));
                int expected = next.getOrDefault(submission.region(), 0);
                if (number != expected) {
                    faults.add(submission.region() + ": " + number + " instead of " + expected);
                }
                next.put(submission.region(), number + 1);
            }
            isBusy.set(false);
        }
    }
}
