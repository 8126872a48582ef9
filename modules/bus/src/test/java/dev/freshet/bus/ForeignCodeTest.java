package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Callbacks, listeners and readers that wait, interrupt or throw Errors: the bus goes on. */
@Timeout(240)
class ForeignCodeTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private Publisher publisher(PublisherListener listener) {
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(REDIS.uri()), listener));
        await().until(publisher::isConnected);
        return publisher;
    }

    private Subscriber subscriber(RegionReader reader, SubscriberListener listener) {
        SubscriberConfig config = Patient.subscriber(REDIS.uri());
        Subscriber subscriber = open.closing(Subscriber.connect(config, Map.of("users", reader), listener));
        await().until(subscriber::isCaughtUp);
        return subscriber;
    }

    private static CompletableFuture<Receipt> publish(Publisher publisher, String key) {
        return publisher.publish("users", Change.ofKeys(key));
    }

    @Test
    void aCallbackThatPublishesAndWaitsDoesNotHangThePublisher() {
        Publisher publisher = publisher(PublisherListener.NONE);
        for (int i = 0; i < 100; i++) {
            CompletableFuture<Position> second = publish(publisher, "a")
                    .thenApply(first -> publish(publisher, "b").join().position());
            assertThat(second).succeedsWithin(LONG);
        }
    }

    @Test
    void manyCallbacksThatWaitForEachOtherAllEnd() {
        Publisher publisher = publisher(PublisherListener.NONE);
        List<Change> changes = Collections.nCopies(200, Change.ofKeys("a"));
        List<CompletableFuture<Receipt>> receipts = publisher.publishAll("users", changes);
        List<CompletableFuture<Receipt>> waiting = receipts.stream()
                .map(receipt -> receipt.thenApply(first -> {
                    receipts.forEach(CompletableFuture::join);
                    return publish(publisher, "b").join();
                }))
                .toList();
        assertThat(CompletableFuture.allOf(waiting.toArray(CompletableFuture[]::new)))
                .succeedsWithin(LONG);
    }

    @Test
    void aCallbackThatNeverEndsHoldsUpNoOtherCaller() {
        Publisher publisher = publisher(PublisherListener.NONE);
        CountDownLatch over = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(1);
        CompletableFuture<Void> hangs = publish(publisher, "a").thenAccept(receipt -> {
            stuck.countDown();
            awaitQuietly(over);
        });
        for (int i = 0; i < 100; i++) {
            assertThat(publish(publisher, "b").join().region()).isEqualTo("users");
            assertThat(publish(publisher, "c").thenApply(Receipt::region)).succeedsWithin(LONG);
        }
        over.countDown();
        assertThat(hangs).succeedsWithin(LONG);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aCallbackOfAQuestionAboutMembersMayAskAgain() {
        Publisher publisher = publisher(PublisherListener.NONE);
        Receipt receipt = publish(publisher, "a").join();
        assertThat(publisher
                        .awaitApplied(List.of(receipt), LONG)
                        .thenApply(result -> publisher.regions().join()))
                .succeedsWithin(LONG);
        assertThat(publisher
                        .dryRun("users", List.of(Selector.all()), LONG)
                        .thenApply(result -> publisher.region("users").join()))
                .succeedsWithin(LONG);
    }

    @Test
    void aCallbackOfAnAwaitedPositionMayAwaitTheNext() {
        Publisher publisher = publisher(PublisherListener.NONE);
        RegionSubscription users =
                subscriber(new RecordingReader(), SubscriberListener.NONE).region("users");
        Position first = publish(publisher, "a").join().position();
        assertThat(users.awaitPosition(first.at(first.sequence() + 1), LONG).thenApply(applied -> users.awaitPosition(
                                publish(publisher, "c").join().position(), LONG)
                        .join()))
                .isNotDone()
                .satisfies(waiting -> {
                    publish(publisher, "b").join();
                    assertThat(waiting).succeedsWithin(LONG).isEqualTo(true);
                });
    }

    @Test
    void aListenerThatWaitsForItsOwnPublisherIsToldInsteadOfHanging() throws InterruptedException {
        LinkedBlockingQueue<Throwable> told = new LinkedBlockingQueue<>();
        Publisher[] holder = new Publisher[1];
        PublisherListener listener = new PublisherListener() {
            @Override
            public void appended(String region, int records, int invalidations, long elapsedNanos) {
                if (told.isEmpty()) {
                    try {
                        publish(holder[0], "b").join();
                    } catch (IllegalStateException e) {
                        told.add(e);
                        throw e;
                    }
                }
            }
        };
        holder[0] = publisher(listener);
        assertThat(publish(holder[0], "a")).succeedsWithin(LONG);
        assertThat(told.poll(LONG.toSeconds(), TimeUnit.SECONDS)).hasMessageContaining("freshet-append");
        assertThat(publish(holder[0], "c")).succeedsWithin(LONG);
    }

    @Test
    void aCallbackOrListenerThatLeavesTheThreadInterruptedDoesNotEndThePublisher() {
        PublisherListener listener = new PublisherListener() {
            @Override
            public void appended(String region, int records, int invalidations, long elapsedNanos) {
                Thread.currentThread().interrupt();
            }
        };
        Publisher publisher = publisher(listener);
        for (int i = 0; i < 50; i++) {
            // A burst goes through the appending thread, a single change through the thread that waits for answers.
            List<Change> burst = List.of(Change.ofKeys("a"), Change.ofKeys("b"));
            publisher.publishAll("users", burst).forEach(receipt -> assertThat(receipt)
                    .succeedsWithin(LONG));
            assertThat(publish(publisher, "c")
                            .thenAccept(receipt -> Thread.currentThread().interrupt()))
                    .succeedsWithin(LONG);
            Thread.interrupted(); // the callback may have run here
        }
    }

    @Test
    void aReaderOrListenerThatLeavesTheThreadInterruptedDoesNotEndTheSubscriber() {
        RecordingReader reader = new RecordingReader() {
            @Override
            public void apply(LoggedRecord record) {
                super.apply(record);
                Thread.currentThread().interrupt();
            }
        };
        SubscriberListener listener = new SubscriberListener() {
            @Override
            public void disconnected(String node, String why) {
                Thread.currentThread().interrupt();
            }
        };
        RegionSubscription users = subscriber(reader, listener).region("users");
        Publisher publisher = publisher(PublisherListener.NONE);
        for (int i = 0; i < 3; i++) {
            Position at = publish(publisher, "a").join().position();
            assertThat(users.awaitPosition(at, LONG)).succeedsWithin(LONG).isEqualTo(true);
            REDIS.server().execute("CLIENT", "KILL", "TYPE", "pubsub");
        }
        Position last = publish(publisher, "b").join().position();
        assertThat(users.awaitPosition(last, LONG)).succeedsWithin(LONG).isEqualTo(true);
    }

    @Test
    void aReaderThatThrowsAnErrorResetsTheRegionOnceAndGoesOn() {
        AtomicInteger applied = new AtomicInteger();
        AtomicInteger resets = new AtomicInteger();
        RecordingReader reader = new RecordingReader() {
            @Override
            public void apply(LoggedRecord record) {
                if (applied.incrementAndGet() == 1) {
                    throw new NoClassDefFoundError("of the application");
                }
            }

            @Override
            public void reset(ResetReason reason) {
                resets.incrementAndGet();
            }
        };
        RegionSubscription users = subscriber(reader, SubscriberListener.NONE).region("users");
        Publisher publisher = publisher(PublisherListener.NONE);
        publish(publisher, "a").join();
        Position at = publish(publisher, "b").join().position();
        assertThat(users.awaitPosition(at, LONG)).succeedsWithin(LONG).isEqualTo(true);
        assertThat(applied).hasValue(2);
        assertThat(resets).hasValue(1);
    }

    @Test
    void aListenerThatThrowsAnErrorReplaysNoRecord() {
        AtomicInteger heard = new AtomicInteger();
        SubscriberListener listener = new SubscriberListener() {
            @Override
            public void applied(
                    String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
                heard.incrementAndGet();
                throw new OutOfMemoryError("as if");
            }
        };
        PublisherListener failing = new PublisherListener() {
            @Override
            public void appended(String region, int records, int invalidations, long elapsedNanos) {
                throw new LinkageError("of the application");
            }
        };
        RegionSubscription users = subscriber(new RecordingReader(), listener).region("users");
        Publisher publisher = publisher(failing);
        for (int i = 1; i <= 3; i++) {
            Position at = publish(publisher, "a").join().position();
            assertThat(users.awaitPosition(at, LONG)).succeedsWithin(LONG).isEqualTo(true);
            assertThat(heard).hasValue(i);
        }
    }

    @Test
    void aCallerMayCompleteCancelOrGiveUpWaitingForAReceiptItself() throws Exception {
        Publisher publisher = publisher(PublisherListener.NONE);
        CompletableFuture<Receipt> cancelled = publish(publisher, "a");
        cancelled.cancel(true);
        assertThat(cancelled).isDone();
        CompletableFuture<Receipt> waited = publish(publisher, "b");
        assertThat(waited.get(LONG.toSeconds(), TimeUnit.SECONDS).region()).isEqualTo("users");

        Publisher away = open.closing(Publisher.connect(PublisherConfig.of("redis://127.0.0.1:1")));
        assertThatThrownBy(() -> publish(away, "c").get()).hasCauseInstanceOf(UnavailableException.class);
    }
}
