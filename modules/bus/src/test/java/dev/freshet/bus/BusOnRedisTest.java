package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole line on a real Redis: what is published is applied, in order, once, by everyone; and what happens if not. */
class BusOnRedisTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final Duration LONG = Duration.ofSeconds(60);

    private final List<AutoCloseable> open = new ArrayList<>();
    private final RecordingReader reader = new RecordingReader();
    private RedisServer server = REDIS.server();

    @BeforeEach
    void takeServer() {
        server = REDIS.server();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private Publisher publisher() {
        Publisher publisher = Publisher.connect(Patient.publisher(server.uri()));
        open.add(publisher);
        return publisher;
    }

    private Subscriber subscriber(RegionReader to, String region) {
        SubscriberConfig config = Patient.subscriber(server.uri());
        Subscriber subscriber = Subscriber.connect(config, Map.of(region, to));
        open.add(subscriber);
        await().until(subscriber::isCaughtUp);
        return subscriber;
    }

    private static Receipt publish(Publisher publisher, String region, Change change) {
        return publisher.publish(region, change).join();
    }

    @Test
    void whatIsPublishedIsAppliedByEveryoneInOrder() {
        RecordingReader other = new RecordingReader();
        Subscriber subscriber = subscriber(reader, "users");
        subscriber(other, "users");
        Publisher publisher = publisher();

        publish(publisher, "users", Change.ofKeys("user:1", "user:2"));
        publish(
                publisher,
                "users",
                Change.builder().tags("team:7").prefixes("user:").build());
        Receipt last = publish(publisher, "users", Change.builder().all().build());

        List<String> expected = List.of("joined", "key user:1", "key user:2", "tag team:7", "prefix user:", "all");
        await().untilAsserted(() -> assertThat(reader.events()).isEqualTo(expected));
        await().untilAsserted(() -> assertThat(other.events()).isEqualTo(expected));
        // The position moves behind what was applied.
        await().untilAsserted(
                        () -> assertThat(subscriber.region("users").position()).isEqualTo(last.position()));
        assertThat(subscriber.region("users").state()).isEqualTo(RegionSubscription.State.LIVE);
    }

    @Test
    void afterAllConnectionsWereKilledTheFirstHeartbeatIsNotLost() {
        SubscriberConfig config = Patient.subscriber(server.uri()).withHeartbeat(Duration.ofHours(1));
        Subscriber subscriber = Subscriber.connect(config, Map.of("users", reader));
        open.add(subscriber);
        await().until(subscriber::isCaughtUp);
        Publisher publisher = publisher();

        server.execute("CLIENT", "KILL", "TYPE", "pubsub");
        server.execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        await().ignoreExceptions().until(() -> publish(publisher, "users", Change.ofKeys("user:1")) != null);

        // The heartbeat that joins goes over a connection that is dead too, and the next turn is an hour away.
        await().untilAsserted(() -> assertThat(reader.keys()).contains("user:1"));
    }

    @Test
    void theLogHoldsWhatTheChannelCarried() {
        Publisher publisher = publisher();
        Receipt first = publish(publisher, "users", Change.ofKeys("a"));
        Receipt second = publish(publisher, "users", Change.ofKeys("b"));

        assertThat(second.position()).isEqualTo(first.position().at(2));
        RegionView view = publisher.region("users").join();
        assertThat(view.head()).isEqualTo(second.position());
        assertThat(view.logRecords()).isEqualTo(2);
        assertThat(view.members()).isEmpty();
        assertThat(publisher.regions().join()).containsExactly("users");
    }

    @Test
    void manyCallersShareAppendsAndLoseNothing() {
        subscriber(reader, "users");
        Publisher publisher = publisher();
        List<CompletableFuture<Receipt>> receipts = IntStream.range(0, 20_000)
                .mapToObj(i -> publisher.publish("users", Change.ofKeys("user:" + i)))
                .toList();
        receipts.forEach(CompletableFuture::join);

        await().untilAsserted(() -> assertThat(reader.keys()).hasSize(20_000));
        assertThat(reader.keys())
                .containsExactlyElementsOf(
                        IntStream.range(0, 20_000).mapToObj(i -> "user:" + i).toList());
        assertThat(reader.resets()).isEmpty();
        assertThat(receipts.get(19_999).join().position().sequence()).isLessThan(20_000);
    }

    @Test
    void aSubscriberThatWasAwayReplaysWhatItMissedAndThrowsNothingAway() {
        Subscriber subscriber = subscriber(reader, "users");
        Publisher publisher = publisher();
        publish(publisher, "users", Change.ofKeys("before"));
        await().untilAsserted(() -> assertThat(reader.keys()).containsExactly("before"));

        server.execute("CLIENT", "KILL", "TYPE", "pubsub");
        List<String> expected = new ArrayList<>(List.of("before"));
        for (int i = 0; i < 1_200; i++) {
            publish(publisher, "users", Change.ofKeys("k" + i));
            expected.add("k" + i);
        }

        await().untilAsserted(() -> assertThat(reader.keys()).isEqualTo(expected));
        assertThat(reader.resets()).isEmpty();
        await().until(() -> subscriber.region("users").lagRecords() == 0);
    }

    @Test
    void aRestartedEmptyRedisIsAResetAndThenLifeGoesOn() {
        subscriber(reader, "users");
        Publisher publisher = publisher();
        publish(publisher, "users", Change.ofKeys("before"));
        await().untilAsserted(() -> assertThat(reader.keys()).containsExactly("before"));

        server.kill();
        await().until(() -> !publisher.isConnected());
        assertThatThrownBy(() -> publish(publisher, "users", Change.ofKeys("lost")))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(UnavailableException.class, e -> assertThat(e.reason())
                        .isEqualTo(UnavailableException.Reason.REDIS_AWAY));
        server.startEmpty();

        await().until(publisher::isConnected);
        await().untilAsserted(() -> assertThat(reader.resets()).containsExactly("reset SERVER"));
        publish(publisher, "users", Change.ofKeys("after"));
        await().untilAsserted(() -> assertThat(reader.keys()).contains("after"));
    }

    @Test
    void flushallIsAReset() {
        Subscriber subscriber = subscriber(reader, "users");
        Publisher publisher = publisher();
        Position before = publish(publisher, "users", Change.ofKeys("before")).position();

        server.execute("FLUSHALL");

        await().untilAsserted(() -> assertThat(reader.resets()).containsExactly("reset EPOCH"));
        Position after = publish(publisher, "users", Change.ofKeys("after")).position();
        assertThat(after.epoch()).isNotEqualTo(before.epoch());
        await().untilAsserted(
                        () -> assertThat(subscriber.region("users").position()).isEqualTo(after));
    }

    @Test
    void scriptFlushIsNotNoticedByAnyone() {
        subscriber(reader, "users");
        Publisher publisher = publisher();
        publish(publisher, "users", Change.ofKeys("a"));
        server.execute("SCRIPT", "FLUSH");
        publish(publisher, "users", Change.ofKeys("b"));

        await().untilAsserted(() -> assertThat(reader.events()).containsExactly("joined", "key a", "key b"));
    }

    @Test
    void somebodyElsesBytesOnTheChannelAreARestAndTheSubscriberLives() {
        subscriber(reader, "users");
        Publisher publisher = publisher();
        server.execute("PUBLISH", new RedisNames("users").channel(), "hello?");
        publish(publisher, "users", Change.ofKeys("a"));

        await().untilAsserted(() -> assertThat(reader.events()).containsExactly("joined", "reset FOREIGN", "key a"));
    }

    @Test
    void aStrangersEntryInTheLogBeginsANewEpoch() {
        subscriber(reader, "users");
        Publisher publisher = publisher();
        Position before = publish(publisher, "users", Change.ofKeys("a")).position();
        server.execute("XADD", new RedisNames("users").log(), "9999999999-0", "x", "y");
        Position after = publish(publisher, "users", Change.ofKeys("b")).position();

        assertThat(after.epoch()).isNotEqualTo(before.epoch());
        assertThat(after.sequence()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(reader.resets()).containsExactly("reset EPOCH"));
    }

    @Test
    void aHeadThatSomebodyOverwroteBeginsANewEpoch() {
        subscriber(reader, "users");
        Publisher publisher = publisher();
        Position before = publish(publisher, "users", Change.ofKeys("a")).position();
        server.execute("SET", new RedisNames("users").head(), "mine");
        await().untilAsserted(() -> assertThat(reader.resets()).containsExactly("reset EPOCH"));

        Position after = publish(publisher, "users", Change.ofKeys("b")).position();
        assertThat(after.epoch()).isNotEqualTo(before.epoch());
        await().untilAsserted(() -> assertThat(reader.keys()).contains("b"));
    }

    @Test
    void whatTheLogNoLongerHoldsIsAReset() {
        RecordingReader slow = new RecordingReader();
        subscriber(slow, "users");
        Publisher publisher = publisher();
        publish(publisher, "users", Change.ofKeys("a"));
        await().untilAsserted(() -> assertThat(slow.keys()).containsExactly("a"));

        String head = new RedisNames("users").head();
        // As if two records had been appended whose messages and log entries were both lost.
        server.execute("HSET", head, "seq", "3");

        await().untilAsserted(() -> assertThat(slow.resets()).containsExactly("reset TRIMMED"));
        publish(publisher, "users", Change.ofKeys("b"));
        await().untilAsserted(() -> assertThat(slow.keys()).containsExactly("a", "b"));
    }

    @Test
    void aReaderThatFailsIsResetAndGoesOn() {
        Subscriber subscriber = subscriber(reader, "users");
        Publisher publisher = publisher();
        reader.failOnRecords(true);
        Position failed = publish(publisher, "users", Change.ofKeys("a")).position();
        await().untilAsserted(() -> assertThat(reader.resets()).containsExactly("reset READER_FAILED"));
        reader.failOnRecords(false);
        publish(publisher, "users", Change.ofKeys("b"));

        await().untilAsserted(() -> assertThat(reader.keys()).containsExactly("b"));
        assertThat(Objects.requireNonNull(subscriber.region("users").position()).epoch())
                .isEqualTo(failed.epoch());
    }

    @Test
    void awaitNamesWhoAppliedAndHowManyThereAre() {
        Publisher publisher = publisher();
        Receipt nobody =
                publish(publisher, "users", Change.builder().keys("a").awaited().build());
        assertThat(publisher
                        .awaitApplied(List.of(nobody), Duration.ofMillis(50))
                        .join())
                .isEqualTo(new AwaitResult(0, 0, List.of()));

        subscriber(reader, "users");
        subscriber(new RecordingReader(), "users");
        Receipt receipt =
                publish(publisher, "users", Change.builder().keys("b").awaited().build());
        AwaitResult result = publisher.awaitApplied(List.of(receipt), LONG).join();
        assertThat(result).isEqualTo(new AwaitResult(2, 2, List.of()));
        assertThat(reader.keys()).contains("b");
    }

    @Test
    void awaitNamesTheLagging() {
        Publisher publisher = publisher();
        subscriber(reader, "users");
        Receipt receipt = publish(publisher, "users", Change.ofKeys("a"));
        Receipt never = new Receipt("users", receipt.position().at(99), 0);
        AwaitResult result =
                publisher.awaitApplied(List.of(never), Duration.ofMillis(200)).join();
        assertThat(result.members()).isEqualTo(1);
        assertThat(result.lagging()).hasSize(1);
    }

    @Test
    void aDryRunCountsAndEvictsNothing() {
        Publisher publisher = publisher();
        subscriber(reader, "users");
        subscriber(new RecordingReader(), "users");
        DryRunResult result = publisher
                .dryRun("users", List.of(Selector.keys("a"), Selector.tags("t")), LONG)
                .join();
        assertThat(result).isEqualTo(new DryRunResult(2, 2, 28, List.of()));
        assertThat(reader.events()).containsExactly("joined");
    }

    @Test
    void aPositionIsWaitedFor() {
        Publisher publisher = publisher();
        Subscriber subscriber = subscriber(reader, "users");
        RegionSubscription users = subscriber.region("users");
        Position head = publish(publisher, "users", Change.ofKeys("a")).position();

        assertThat(users.awaitPosition(head, LONG).join()).isTrue();
        assertThat(users.awaitPosition(head.at(head.sequence() + 1), Duration.ofMillis(300))
                        .join())
                .isFalse();
        Position elsewhere = new Position(head.epoch() + 1, 5);
        assertThat(users.awaitPosition(elsewhere, Duration.ofMillis(300)).join())
                .as("nobody here ever followed that epoch")
                .isFalse();
    }

    @Test
    void confirmationsComeWithEveryHeartbeatAndStopWithRedis() {
        Subscriber subscriber = subscriber(reader, "users");
        Confirmation confirmation = subscriber.region("users").confirmation();
        long first = confirmation.confirmedAtMicros();
        await().until(() -> confirmation.confirmedAtMicros() > first);
        server.pause();
        try {
            await().until(() -> confirmation.ageNanos() > Duration.ofMillis(600).toNanos());
        } finally {
            server.resume();
        }
        long last = confirmation.confirmedAtMicros();
        await().until(() -> confirmation.confirmedAtMicros() > last);
        assertThat(reader.resets()).isEmpty();
    }

    @Test
    void aMemberThatLeavesTakesItsRowAway() throws Exception {
        Publisher publisher = publisher();
        Subscriber subscriber = subscriber(reader, "users");
        assertThat(publisher.region("users").join().members()).hasSize(1);
        subscriber.close();
        assertThat(publisher.region("users").join().members()).isEmpty();
    }

    @Test
    void oneSubscriberFollowsManyRegions() {
        RecordingReader orders = new RecordingReader();
        Subscriber subscriber =
                Subscriber.connect(Patient.subscriber(server.uri()), Map.of("users", reader, "orders", orders));
        open.add(subscriber);
        await().until(subscriber::isCaughtUp);
        Publisher publisher = publisher();
        CompletableFuture<Receipt> one = publisher.publish("users", Change.ofKeys("u"));
        CompletableFuture<Receipt> two = publisher.publish("orders", Change.ofKeys("o"));
        CompletableFuture.allOf(one, two).join();

        await().untilAsserted(() -> assertThat(reader.keys()).containsExactly("u"));
        await().untilAsserted(() -> assertThat(orders.keys()).containsExactly("o"));
        assertThat(publisher.regions().join()).contains("orders", "users");
    }

    @Test
    void aChangeTimeInTheFutureBecomesTheMomentOfAcceptance() {
        List<Long> windows = new CopyOnWriteArrayList<>();
        SubscriberListener listener = new SubscriberListener() {
            @Override
            public void applied(String region, LoggedRecord record, long received, long evicted, boolean replayed) {
                record.body()
                        .invalidations()
                        .forEach(invalidation ->
                                windows.add(invalidation.acceptedAtMicros() - invalidation.changedAtMicros()));
            }
        };
        Subscriber subscriber = Subscriber.connect(Patient.subscriber(server.uri()), Map.of("users", reader), listener);
        open.add(subscriber);
        await().until(subscriber::isCaughtUp);
        Publisher publisher = publisher();
        Instant now = Instant.now();
        publish(
                publisher,
                "users",
                Change.builder().keys("a").changedAt(now.plusSeconds(60)).build());
        publish(
                publisher,
                "users",
                Change.builder().keys("b").changedAt(now.minusSeconds(60)).build());

        await().untilAsserted(() -> assertThat(windows).hasSize(2));
        assertThat(reader.keys()).containsExactly("a", "b");
        assertThat(windows.get(0)).isZero();
        assertThat(windows.get(1)).isBetween(60_000_000L, 120_000_000L);
    }

    @Test
    void aLogIsBoundedByBytes() {
        Publisher publisher = Publisher.connect(Patient.publisher(server.uri()).withLog(1_000_000, 5L << 20));
        open.add(publisher);
        String[] keys =
                IntStream.range(0, 400).mapToObj(i -> "%0500d".formatted(i)).toArray(String[]::new);
        for (int i = 0; i < 60; i++) {
            publish(publisher, "users", Change.ofKeys(keys));
        }
        RegionView view = publisher.region("users").join();
        // 60 appends of about 200 KB each; about 5 MB of them stay, and a sixteenth more.
        assertThat(view.logRecords())
                .isLessThan(Objects.requireNonNull(view.head()).sequence());
        String memory = server.execute("MEMORY", "USAGE", new RedisNames("users").log());
        assertThat(Long.parseLong(memory.strip())).isBetween(3L << 20, 9L << 20);
    }

    @Test
    void somebodyElsesMembersKeyDoesNotKeepRegionsFromBeingConfirmed() {
        server.execute("SET", new RedisNames("users").members(), "mine");
        Subscriber subscriber = subscriber(reader, "users");
        assertThat(subscriber.isCaughtUp()).isTrue();
    }

    @Test
    void aReaderThatOverflowsItsStackIsResetAndTheThreadLives() {
        RecordingReader fragile = new RecordingReader() {
            @Override
            public void apply(LoggedRecord record) {
                if (record.header().position().sequence() == 1) {
                    throw new StackOverflowError("told to");
                }
                super.apply(record);
            }
        };
        subscriber(fragile, "users");
        Publisher publisher = publisher();
        publish(publisher, "users", Change.ofKeys("a"));
        publish(publisher, "users", Change.ofKeys("b"));
        await().untilAsserted(
                        () -> assertThat(fragile.events()).containsExactly("joined", "reset READER_FAILED", "key b"));
    }

    @Test
    void aServerThatWasDemotedAndPromotedAgainBeginsANewEpoch() {
        subscriber(reader, "users");
        Publisher publisher = publisher();
        publish(publisher, "users", Change.ofKeys("a"));
        await().untilAsserted(() -> assertThat(reader.keys()).containsExactly("a"));
        await().until(() -> !server.execute("HGET", new RedisNames("users").head(), "replid")
                .isBlank());

        server.execute("REPLICAOF", "127.0.0.1", "1");
        server.execute("REPLICAOF", "NO", "ONE");

        await().untilAsserted(() -> assertThat(reader.resets()).isNotEmpty());
        publish(publisher, "users", Change.ofKeys("b"));
        await().untilAsserted(() -> assertThat(reader.keys()).contains("b"));
    }

    /** Nobody's heartbeat says so: the append itself finds out. */
    @Test
    void anAppendToAServerThatWasAReplicaInBetweenBeginsANewEpoch() {
        Publisher publisher = publisher();
        publish(publisher, "users", Change.ofKeys("a"));
        Position before = publish(publisher, "users", Change.ofKeys("b")).position();

        server.execute("REPLICAOF", "127.0.0.1", "1");
        server.execute("REPLICAOF", "NO", "ONE");

        Position after = publish(publisher, "users", Change.ofKeys("c")).position();
        assertThat(before.sequence()).isEqualTo(2);
        assertThat(after.epoch()).isNotEqualTo(before.epoch());
    }

    @Test
    void publishersThatDisagreeAboutTheBoundDoNotTrimEachOthersRecords() {
        Publisher small = Publisher.connect(Patient.publisher(server.uri()).withLog(1_000_000, 5L << 20));
        open.add(small);
        Publisher large = publisher();
        String[] keys = IntStream.range(0, 400).mapToObj("%0500d"::formatted).toArray(String[]::new);
        for (int i = 0; i < 10; i++) {
            publish(small, "users", Change.ofKeys(keys));
            publish(large, "users", Change.ofKeys(keys));
        }
        assertThat(large.region("users").join().logRecords()).isEqualTo(20);
    }
}
