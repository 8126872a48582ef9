package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
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
        CompletableFuture<Void> hangs = hangsElsewhere(() -> publish(publisher, "a"), over);
        for (int i = 0; i < 100; i++) {
            assertThat(publish(publisher, "b").join().region()).isEqualTo("users");
            assertThat(publish(publisher, "c").thenApply(Receipt::region)).succeedsWithin(LONG);
        }
        over.countDown();
        assertThat(hangs).succeedsWithin(LONG);
    }

    /** Attaches a callback that hangs. Where the answer was there before, the caller itself runs it: then another one is attached. */
    private static CompletableFuture<Void> hangsElsewhere(
            Supplier<? extends CompletableFuture<?>> answer, CountDownLatch over) {
        AtomicReference<CompletableFuture<Void>> attached = new AtomicReference<>();
        await().until(() -> {
            Thread caller = Thread.currentThread();
            CountDownLatch stuck = new CountDownLatch(1);
            attached.set(answer.get().thenAccept(done -> {
                if (Thread.currentThread() != caller) {
                    stuck.countDown();
                    awaitQuietly(over);
                }
            }));
            return stuck.await(100, TimeUnit.MILLISECONDS);
        });
        return Objects.requireNonNull(attached.get());
    }

    /** At most for a time, so that a test whose callback stops the bus fails instead of hanging. */
    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(LONG.toSeconds(), TimeUnit.SECONDS);
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
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> both = users.awaitPosition(first.at(first.sequence() + 1), LONG)
                .thenApply(applied -> {
                    begun.countDown();
                    return users.awaitPosition(first.at(first.sequence() + 2), LONG)
                            .join();
                });
        publish(publisher, "b").join();
        awaitQuietly(begun);
        assertThat(begun.getCount()).as("callbacks that have not begun").isZero();
        assertThat(both).as("what waits for a position that nobody reached").isNotDone();
        publish(publisher, "c").join();
        assertThat(both).succeedsWithin(LONG).isEqualTo(true);
    }

    @Test
    void aCallbackOfAnAwaitedPositionThatNeverEndsHoldsUpNeitherRecordsNorTimeouts() {
        Publisher publisher = publisher(PublisherListener.NONE);
        RegionSubscription users =
                subscriber(new RecordingReader(), SubscriberListener.NONE).region("users");
        Position first = publish(publisher, "a").join().position();
        CountDownLatch over = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(1);
        CompletableFuture<Boolean> ofRecord = users.awaitPosition(first.at(first.sequence() + 1), LONG)
                .thenApply(applied -> {
                    stuck.countDown();
                    awaitQuietly(over);
                    return applied;
                });
        CompletableFuture<Void> ofTimeout =
                hangsElsewhere(() -> users.awaitPosition(first.at(1_000_000), Duration.ofMillis(1)), over);
        Position second = publish(publisher, "b").join().position();
        awaitQuietly(stuck);
        assertThat(users.awaitPosition(second, LONG)).succeedsWithin(LONG).isEqualTo(true);
        Position third = publish(publisher, "c").join().position();
        assertThat(users.awaitPosition(third, LONG)).succeedsWithin(LONG).isEqualTo(true);
        assertThat(users.awaitPosition(first.at(1_000_000), Duration.ofMillis(1)))
                .succeedsWithin(LONG)
                .isEqualTo(false);
        assertThat(ofRecord).as("what went on did not wait for it").isNotDone();
        assertThat(ofTimeout).isNotDone();
        over.countDown();
        assertThat(ofRecord).succeedsWithin(LONG).isEqualTo(true);
        assertThat(ofTimeout).succeedsWithin(LONG);
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

    /** A reader that fails to reset, and to join, as long as it is told to. */
    private static final class RefusingReader extends RecordingReader {
        private volatile boolean refuses;

        @Override
        public void reset(ResetReason reason) {
            refuseIfTold();
            super.reset(reason);
        }

        @Override
        public void joined() {
            refuseIfTold();
            super.joined();
        }

        private void refuseIfTold() {
            if (refuses) {
                throw new AssertionError("told to fail");
            }
        }
    }

    @Test
    void aReaderThatCannotResetUnconfirmsItsOwnRegionUntilItCan() {
        RefusingReader refusing = new RefusingReader();
        AtomicInteger disconnections = new AtomicInteger();
        SubscriberListener listener = new SubscriberListener() {
            @Override
            public void disconnected(String node, String why) {
                disconnections.incrementAndGet();
            }
        };
        SubscriberConfig config = SubscriberConfig.of(REDIS.uri()).withHeartbeat(Duration.ofMillis(100));
        Subscriber subscriber = open.closing(
                Subscriber.connect(config, Map.of("users", refusing, "orders", new RecordingReader()), listener));
        await().until(subscriber::isCaughtUp);
        Publisher publisher = publisher(PublisherListener.NONE);
        publish(publisher, "a").join();

        refusing.refuses = true;
        REDIS.server().execute("PUBLISH", new RedisNames("users").channel(), "no record");
        await().until(() -> subscriber.readerFailures() >= 3);
        RegionSubscription users = subscriber.region("users");
        assertThat(users.position()).isNull();
        assertThat(users.state()).isEqualTo(RegionSubscription.State.JOINING);
        assertThat(users.trouble()).contains("reader", "AssertionError");
        long confirmed = users.confirmation().confirmedAtMicros();
        long ofOrders = subscriber.region("orders").confirmation().confirmedAtMicros();
        Position lost = publish(publisher, "b").join().position();
        assertThat(users.awaitPosition(lost, Duration.ofMillis(300)))
                .succeedsWithin(LONG)
                .isEqualTo(false);
        await().until(() -> subscriber.region("orders").confirmation().confirmedAtMicros() > ofOrders);
        assertThat(users.confirmation().confirmedAtMicros()).isEqualTo(confirmed);
        assertThat(disconnections).hasValue(0);

        refusing.refuses = false;
        Position next = publish(publisher, "c").join().position();
        assertThat(users.awaitPosition(next, LONG)).succeedsWithin(LONG).isEqualTo(true);
        await().until(() -> users.trouble() == null);
        assertThat(refusing.resets()).containsExactly("reset FOREIGN");
        assertThat(users.confirmation().confirmedAtMicros()).isGreaterThan(confirmed);
    }

    @Test
    void aReaderThatCannotJoinIsNotConfirmedUntilItCan() {
        RefusingReader refusing = new RefusingReader();
        refusing.refuses = true;
        SubscriberConfig config = SubscriberConfig.of(REDIS.uri()).withHeartbeat(Duration.ofMillis(100));
        Subscriber subscriber = open.closing(Subscriber.connect(config, Map.of("users", refusing)));
        await().until(() -> subscriber.readerFailures() >= 3);
        assertThat(subscriber.isCaughtUp()).isFalse();
        refusing.refuses = false;
        await().until(subscriber::isCaughtUp);
        assertThat(refusing.events()).containsExactly("joined");
    }

    @Test
    void aReaderThatFailsAtARecordAndAtTheResetForItIsResetAtAHeartbeat() {
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
                if (resets.incrementAndGet() <= 2) {
                    throw new IllegalStateException("not yet");
                }
            }
        };
        RegionSubscription users = subscriber(reader, SubscriberListener.NONE).region("users");
        Publisher publisher = publisher(PublisherListener.NONE);
        Position at = publish(publisher, "a").join().position();
        assertThat(users.awaitPosition(at, LONG)).succeedsWithin(LONG).isEqualTo(true);
        assertThat(resets).hasValue(3);
    }

    @Test
    void aReaderThatCountsForEverHoldsUpNoHeartbeat() {
        CountDownLatch over = new CountDownLatch(1);
        RecordingReader reader = new RecordingReader() {
            @Override
            public long count(List<Selector> selectors) {
                awaitQuietly(over);
                return 1;
            }
        };
        Subscriber subscriber = subscriber(reader, SubscriberListener.NONE);
        RegionSubscription users = subscriber.region("users");
        Publisher publisher = publisher(PublisherListener.NONE);
        DryRunResult counted = publisher
                .dryRun("users", List.of(Selector.all()), Duration.ofMillis(200))
                .join();
        assertThat(counted.silent()).hasSize(1);
        for (int i = 0; i < 5; i++) {
            long last = users.confirmation().confirmedAtMicros();
            await().until(() -> users.confirmation().confirmedAtMicros() > last);
        }
        over.countDown();
        await().until(() ->
                publisher.dryRun("users", List.of(Selector.all()), LONG).join().entries() == 1);
    }

    @Test
    void whatListenersThrowIsCounted() {
        PublisherListener failing = new PublisherListener() {
            @Override
            public void appended(String region, int records, int invalidations, long elapsedNanos) {
                throw new IllegalStateException("of the application");
            }
        };
        SubscriberListener alsoFailing = new SubscriberListener() {
            @Override
            public void applied(
                    String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
                throw new IllegalStateException("of the application");
            }
        };
        Subscriber subscriber = subscriber(new RecordingReader(), alsoFailing);
        Publisher publisher = publisher(failing);
        Position at = publish(publisher, "a").join().position();
        assertThat(subscriber.region("users").awaitPosition(at, LONG))
                .succeedsWithin(LONG)
                .isEqualTo(true);
        assertThat(subscriber.listenerFailures()).isEqualTo(1);
        assertThat(subscriber.readerFailures()).isZero();
        await().until(() -> publisher.listenerFailures() == 1);
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
