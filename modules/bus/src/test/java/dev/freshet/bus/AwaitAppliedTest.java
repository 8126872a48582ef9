package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

    private static final Duration LONG = Duration.ofSeconds(10);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private Publisher publisher() {
        return open.closing(Publisher.connect(PublisherConfig.of(REDIS.uri())));
    }

    private Subscriber member(String uri, String name, RegionReader reader, String... regions) {
        SubscriberConfig config = SubscriberConfig.of(uri)
                .withName(name)
                .withHeartbeat(Duration.ofMillis(100))
                .withGoneAfter(Duration.ofMillis(1_500));
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

    @Test
    void aMemberThatHangsIsNamedAndWhenItGoesOnTheWaitEnds() {
        StuckReader stuck = new StuckReader();
        await().until(member(REDIS.uri(), "quick", new RecordingReader(), "users")::isCaughtUp);
        await().until(member(REDIS.uri(), "stuck", stuck, "users")::isCaughtUp);
        Publisher publisher = publisher();
        Receipt receipt = publish(publisher, "users");

        AwaitResult late =
                publisher.awaitApplied(List.of(receipt), Duration.ofMillis(300)).join();
        assertThat(late).isEqualTo(new AwaitResult(2, 1, List.of("stuck")));

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

        assertThat(publisher.awaitApplied(receipts, Duration.ofMillis(300)).join())
                .isEqualTo(new AwaitResult(2, 1, List.of("stuck")));
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
    void aMemberThatDiesMeanwhileIsWaitedForOnlyUntilItCountsAsGone() {
        FaultProxy proxy = open.closing(FaultProxy.to(REDIS.host(), REDIS.port()));
        await().until(member(REDIS.uri(), "alive", new RecordingReader(), "users")::isCaughtUp);
        await().until(member(proxy.redisUri(), "dying", new RecordingReader(), "users")::isCaughtUp);
        Publisher publisher = publisher();
        proxy.cut();
        Receipt receipt = publish(publisher, "users");

        AwaitResult early =
                publisher.awaitApplied(List.of(receipt), Duration.ofMillis(200)).join();
        assertThat(early).isEqualTo(new AwaitResult(2, 1, List.of("dying")));
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
        Publisher publisher = publisher();
        CompletableFuture<AwaitResult> waiting =
                publisher.awaitApplied(List.of(publish(publisher, "users")), Duration.ofSeconds(1));
        REDIS.server().kill();

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
