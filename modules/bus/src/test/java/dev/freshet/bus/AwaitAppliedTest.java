package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Waiting until all live members have applied a change, while members come, go, hang and lag. */
class AwaitAppliedTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    /** Too short for anything to happen that needs time. */
    private static final Duration SHORT = Duration.ofMillis(300);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private Publisher publisher() {
        return publisher(REDIS.uri());
    }

    private Publisher publisher(String uri) {
        return open.closing(Publisher.connect(Patient.publisher(uri)));
    }

    private Subscriber member(String uri, String name, RegionReader reader, String... regions) {
        return member(Patient.subscriber(uri).withName(name), reader, regions);
    }

    private Subscriber member(SubscriberConfig config, RegionReader reader, String... regions) {
        Map<String, RegionReader> readers = new HashMap<>();
        for (String region : regions) {
            readers.put(region, reader);
        }
        return open.closing(Subscriber.connect(config, readers));
    }

    private static Receipt publish(Publisher publisher, String region) {
        return publisher
                .publish(region, Change.builder().keys("a").awaited().build())
                .join();
    }

    /** A reader that does not get past a record until it is let go. */
    private static final class StuckReader extends RecordingReader {
        private final CountDownLatch letGo = new CountDownLatch(1);

        @Override
        public void apply(LoggedRecord record) {
            try {
                letGo.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            super.apply(record);
        }
    }

    @Test
    void nobodyThereIsDoneAtOnceAndSaid() {
        Publisher publisher = publisher();
        AwaitResult result = publisher
                .awaitApplied(List.of(publish(publisher, "users")), LONG)
                .join();
        assertThat(result).isEqualTo(new AwaitResult(0, 0, List.of()));
        assertThat(result.isComplete()).isTrue();
    }

    /** Waits in vain, again and again, until only those lag that must: the others may need a moment. */
    private static void awaitResult(Publisher publisher, List<Receipt> receipts, AwaitResult expected) {
        await().until(() -> publisher.awaitApplied(receipts, SHORT).join(), expected::equals);
    }

    @Test
    void aMemberThatHangsIsNamedAndWhenItGoesOnTheWaitEnds() {
        StuckReader stuck = new StuckReader();
        await().until(member(REDIS.uri(), "quick", new RecordingReader(), "users")::isCaughtUp);
        await().until(member(REDIS.uri(), "stuck", stuck, "users")::isCaughtUp);
        Publisher publisher = publisher();
        Receipt receipt = publish(publisher, "users");

        awaitResult(publisher, List.of(receipt), new AwaitResult(2, 1, List.of("stuck")));

        CompletableFuture<AwaitResult> waiting = publisher.awaitApplied(List.of(receipt), LONG);
        stuck.letGo.countDown();
        assertThat(waiting.join()).isEqualTo(new AwaitResult(2, 2, List.of()));
    }

    @Test
    void oneThatLagsInOneOfSeveralRegionsIsNamedOnce() {
        StuckReader stuck = new StuckReader();
        await().until(member(REDIS.uri(), "both", new RecordingReader(), "users", "orders")::isCaughtUp);
        await().until(member(REDIS.uri(), "stuck", stuck, "orders", "users")::isCaughtUp);
        Publisher publisher = publisher();
        List<Receipt> receipts = List.of(publish(publisher, "users"), publish(publisher, "orders"));

        awaitResult(publisher, receipts, new AwaitResult(2, 1, List.of("stuck")));
        stuck.letGo.countDown();
        assertThat(publisher.awaitApplied(receipts, LONG).join().isComplete()).isTrue();
    }

    @Test
    void aMemberThatJoinsMeanwhileIsWaitedForAndHasItAll() {
        StuckReader stuck = new StuckReader();
        await().until(member(REDIS.uri(), "stuck", stuck, "users")::isCaughtUp);
        Publisher publisher = publisher();
        Receipt receipt = publish(publisher, "users");
        CompletableFuture<AwaitResult> waiting = publisher.awaitApplied(List.of(receipt), LONG);

        await().until(member(REDIS.uri(), "newcomer", new RecordingReader(), "users")::isCaughtUp);
        stuck.letGo.countDown();
        assertThat(waiting.join()).isEqualTo(new AwaitResult(2, 2, List.of()));
    }

    @Test
    void aMemberThatDiesMeanwhileIsWaitedFor() {
        FaultProxy proxy = open.closing(FaultProxy.to(REDIS.host(), REDIS.port()));
        await().until(member(REDIS.uri(), "alive", new RecordingReader(), "users")::isCaughtUp);
        await().until(member(proxy.redisUri(), "dying", new RecordingReader(), "users")::isCaughtUp);
        Publisher publisher = publisher();
        proxy.cut();

        awaitResult(publisher, List.of(publish(publisher, "users")), new AwaitResult(2, 1, List.of("dying")));
    }

    @Test
    void aMemberThatDiesMeanwhileIsWaitedForOnlyUntilItCountsAsGone() {
        FaultProxy proxy = open.closing(FaultProxy.to(REDIS.host(), REDIS.port()));
        SubscriberConfig soonGone =
                Patient.subscriber(proxy.redisUri()).withName("dying").withGoneAfter(Duration.ofMillis(1_500));
        await().until(member(REDIS.uri(), "alive", new RecordingReader(), "users")::isCaughtUp);
        await().until(member(soonGone, new RecordingReader(), "users")::isCaughtUp);
        Publisher publisher = publisher();
        proxy.cut();
        Receipt receipt = publish(publisher, "users");

        assertThat(publisher.awaitApplied(List.of(receipt), LONG).join()).isEqualTo(new AwaitResult(1, 1, List.of()));
    }

    @Test
    void aMemberThatLeavesMeanwhileIsNotWaitedFor() {
        StuckReader stuck = new StuckReader();
        Subscriber leaving = member(REDIS.uri(), "leaving", stuck, "users");
        await().until(leaving::isCaughtUp);
        Publisher publisher = publisher();
        CompletableFuture<AwaitResult> waiting = publisher.awaitApplied(List.of(publish(publisher, "users")), LONG);

        stuck.letGo.countDown();
        leaving.close();
        assertThat(waiting.join().isComplete()).isTrue();
    }

    @Test
    void anOldRowAndARowThatIsNoneDoNotCount() {
        Publisher publisher = publisher();
        REDIS.server()
                .execute(
                        "HSET",
                        "freshet:{users}:members",
                        "0123456789abcdef",
                        "seen=1 position=- applied=0 confirmed=0 gone=1000 channel=c name=old",
                        "fedcba9876543210",
                        "what is this");
        assertThat(publisher
                        .awaitApplied(List.of(publish(publisher, "users")), LONG)
                        .join())
                .isEqualTo(new AwaitResult(0, 0, List.of()));
        assertThat(publisher.dryRun("users", List.of(Selector.all()), LONG).join())
                .isEqualTo(new DryRunResult(0, 0, 0, List.of()));
    }

    @Test
    void aNewEpochCoversWhatWasWaitedFor() {
        await().until(member(REDIS.uri(), "one", new RecordingReader(), "users")::isCaughtUp);
        Publisher publisher = publisher();
        Receipt receipt = publish(publisher, "users");
        REDIS.server().execute("DEL", "freshet:{users}:head", "freshet:{users}:log");
        publish(publisher, "users");

        assertThat(publisher.awaitApplied(List.of(receipt), LONG).join().isComplete())
                .isTrue();
    }

    @Test
    void aBrokenConnectionDoesNotEndTheWait() {
        StuckReader stuck = new StuckReader();
        await().until(member(REDIS.uri(), "stuck", stuck, "users")::isCaughtUp);
        Publisher publisher = publisher();
        CompletableFuture<AwaitResult> waiting = publisher.awaitApplied(List.of(publish(publisher, "users")), LONG);
        for (int i = 0; i < 3; i++) {
            REDIS.server().execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            assertThat(publisher.region("users").join().members()).hasSize(1);
        }
        assertThat(waiting).isNotDone();
        stuck.letGo.countDown();
        assertThat(waiting.join()).isEqualTo(new AwaitResult(1, 1, List.of()));
    }

    @Test
    void redisThatGoesAwayMeanwhileEndsTheWaitWithARefusal() {
        StuckReader stuck = new StuckReader();
        await().until(member(REDIS.uri(), "stuck", stuck, "users")::isCaughtUp);
        FaultProxy proxy = open.closing(FaultProxy.to(REDIS.host(), REDIS.port()));
        Publisher publisher = publisher(proxy.redisUri());
        // Long enough that Redis goes before it is over.
        CompletableFuture<AwaitResult> waiting =
                publisher.awaitApplied(List.of(publish(publisher, "users")), Duration.ofSeconds(5));
        proxy.cut();

        assertThat(waiting)
                .failsWithin(LONG)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(UnavailableException.class)
                .withMessageContaining("Redis cannot be asked");
        stuck.letGo.countDown();
    }

    @Test
    void manyAwaitedChangesAreAllWaitedForByTheirLastPosition() {
        RecordingReader reader = new RecordingReader();
        await().until(member(REDIS.uri(), "one", reader, "users")::isCaughtUp);
        Publisher publisher = publisher();
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            receipts.add(publisher.publish(
                    "users", Change.builder().keys("k" + i).awaited().build()));
        }
        Receipt last = receipts.get(4_999).join();

        assertThat(publisher.awaitApplied(List.of(last), LONG).join()).isEqualTo(new AwaitResult(1, 1, List.of()));
        assertThat(reader.keys()).hasSize(5_000);
    }

    @Test
    void aClosedPublisherRefusesToWait() {
        Publisher publisher = publisher();
        Receipt receipt = publish(publisher, "users");
        publisher.close();
        CompletableFuture<AwaitResult> waiting = publisher.awaitApplied(List.of(receipt), LONG);
        assertThat(waiting.handle((done, failure) -> failure).join())
                .satisfies(failure -> assertThat(failure instanceof CompletionException ? failure.getCause() : failure)
                        .isInstanceOf(UnavailableException.class));
    }
}
