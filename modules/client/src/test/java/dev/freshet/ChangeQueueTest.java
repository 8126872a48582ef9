package dev.freshet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.AbstractList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ChangeQueueTest {

    private final AtomicInteger rounds = new AtomicInteger();

    /** A publisher whose receipts cannot be looked at. */
    private Publisher failingWith(Error fault) {
        return (Publisher) Proxy.newProxyInstance(
                Publisher.class.getClassLoader(), new Class<?>[] {Publisher.class}, (publisher, method, arguments) -> {
                    rounds.incrementAndGet();
                    return new AbstractList<CompletableFuture<Receipt>>() {
                        @Override
                        public CompletableFuture<Receipt> get(int index) {
                            throw fault;
                        }

                        @Override
                        public int size() {
                            return 1;
                        }
                    };
                });
    }

    @Test
    void whereAMethodIsMissingNothingIsSentAgainAndWhatWaitsIsToBeSeen() {
        ChangeQueue queue = new ChangeQueue(failingWith(new NoSuchMethodError("gone()")), 10);

        queue.add("users", Change.ofKeys("user:1"));

        await().until(() -> queue.misconfiguration() != null);
        queue.add("users", Change.ofKeys("user:2"));
        assertThat(queue.misconfiguration()).contains("freshet-queue", "gone()");
        queue.close(Duration.ofMinutes(1));
        assertThat(rounds).hasValue(1);
        assertThat(queue.stats(0, 0, 0).queueLost()).isEqualTo(2);
    }

    @Test
    void whatIsSaidAgainTakesNoRoomHoweverRoundsFail() {
        ChangeQueue queue = new ChangeQueue(failingWith(new AssertionError("of a test")), 10);
        for (int round = 1; round <= 5; round++) {
            int begun = round;
            queue.add("users", Change.ofKeys("user:1"));
            await().until(() -> rounds.get() >= begun);
        }

        assertThat(queue.stats(0, 0, 0).queueChanges())
                .as("one waits, and one is being sent")
                .isLessThanOrEqualTo(2);
        queue.close(Duration.ZERO);
        assertThat(queue.stats(0, 0, 0).queueLost()).isEqualTo(5);
    }

    @Test
    void anotherFaultLeavesWhatWaitsToTheNextRound() {
        ChangeQueue queue = new ChangeQueue(failingWith(new AssertionError("of a test")), 10);

        queue.add("users", Change.ofKeys("user:1"));

        await().until(() -> rounds.get() > 1);
        assertThat(queue.misconfiguration()).isNull();
        queue.close(Duration.ZERO);
    }
}
