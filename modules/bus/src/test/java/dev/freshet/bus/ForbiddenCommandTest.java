package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.admin.RedisInspection;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The user may do everything but one thing. Whoever needs that names it, the inspection finds it, and a grant heals it. */
class ForbiddenCommandTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<String> whys = new CopyOnWriteArrayList<>();
    private final RecordingReader reader = new RecordingReader();
    private RedisServer server = REDIS.server();

    @BeforeEach
    void addUser() {
        server = REDIS.server();
        server.execute(
                "ACL", "SETUSER", "app", "reset", "on", ">pw", "~freshet:*", "resetchannels", "&freshet:*", "+@all");
    }

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        server.execute("ACL", "DELUSER", "app");
    }

    private String uri() {
        return server.uri().replace("redis://", "redis://app:pw@");
    }

    private void forbid(String command) {
        server.execute("ACL", "SETUSER", "app", "-" + command);
        // Rights are checked with each command, but for subscriptions, which stay.
        server.execute("CLIENT", "KILL", "TYPE", "pubsub");
    }

    private void grant(String command) {
        server.execute("ACL", "SETUSER", "app", "+" + command);
    }

    private Publisher publisher() {
        Publisher publisher = Publisher.connect(PublisherConfig.of(uri()));
        open.add(publisher);
        return publisher;
    }

    private Subscriber subscriber() {
        SubscriberConfig config = SubscriberConfig.of(uri()).withHeartbeat(Duration.ofMillis(50));
        Subscriber subscriber = Subscriber.connect(config, Map.of("users", reader), new SubscriberListener() {
            @Override
            public void heartbeatFailed(String node, String why) {
                whys.add(why);
            }

            @Override
            public void disconnected(String node, String why) {
                whys.add(why);
            }
        });
        open.add(subscriber);
        return subscriber;
    }

    private static UnavailableException refusal(CompletableFuture<?> answer) {
        try {
            answer.join();
        } catch (CompletionException e) {
            return (UnavailableException) Objects.requireNonNull(e.getCause());
        }
        throw new AssertionError("it was done: " + answer.join());
    }

    private void assertTheInspectionFinds(String command) {
        try (RedisInspection inspection = RedisInspection.connect(RedisConfig.of(uri()), "users")) {
            assertThat(inspection.refusedCommands()).containsOnlyKeys(command.toUpperCase(Locale.ROOT));
        }
    }

    private static void assertNamed(UnavailableException refusal, String command) {
        assertThat(refusal.getMessage()).containsPattern("(?i)\\b" + command + "\\b");
        assertThat(refusal.getMessage()).doesNotContain("pw@");
        assertThat(refusal.retryAfter()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"info", "time", "evalsha", "eval", "hmget", "hset", "del", "xadd", "publish"})
    void aPublisherNamesWhatItMayNotDo(String command) {
        server.execute("SCRIPT", "FLUSH");
        forbid(command);
        Publisher publisher = publisher();

        assertNamed(refusal(publisher.publish("users", Change.ofKeys("a"))), command);
        assertTheInspectionFinds(command);

        grant(command);
        await().atMost(Duration.ofSeconds(10)).ignoreExceptions().untilAsserted(() -> assertThat(
                        publisher.publish("users", Change.ofKeys("a")).get())
                .isNotNull());
        assertThat(publisher.isConnected()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"hget", "xtrim"})
    void soItDoesWhereTheLogIsLongEnoughToBeTrimmed(String command) {
        Publisher publisher = Publisher.connect(PublisherConfig.of(uri()).withLog(1_000_000, 1 << 20));
        open.add(publisher);
        forbid(command);
        Change large = Change.of(new Selector.Keys(
                IntStream.range(0, 400).mapToObj(i -> i + "x".repeat(400)).toList()));

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            CompletableFuture<Receipt> receipt = publisher.publish("users", large);
            assertNamed(refusal(receipt), command);
        });
        assertTheInspectionFinds(command);
    }

    @Test
    void soItDoesWhereMarksOfAnotherBoundMustGo() {
        Publisher first = Publisher.connect(PublisherConfig.of(uri()).withLog(1_000, 64 << 20));
        open.add(first);
        first.publish("users", Change.ofKeys("a")).join();
        forbid("hdel");
        Publisher second = Publisher.connect(PublisherConfig.of(uri()).withLog(1_000, 128 << 20));
        open.add(second);

        assertNamed(refusal(second.publish("users", Change.ofKeys("a"))), "hdel");
        assertTheInspectionFinds("hdel");
    }

    @Test
    void soItDoesWhereReplicasMustBeWaitedFor() {
        forbid("wait");
        Publisher publisher = Publisher.connect(PublisherConfig.of(uri()).withWait(1, Duration.ofMillis(50)));
        open.add(publisher);

        UnavailableException refusal = refusal(publisher.publish("users", Change.ofKeys("a")));
        assertThat(refusal.reason()).isEqualTo(Reason.TOO_FEW_REPLICAS);
        assertNamed(refusal, "wait");
        assertTheInspectionFinds("wait");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hgetall", "xlen", "hmget", "time"})
    void aQuestionNamesWhatItMayNotDo(String command) {
        Publisher publisher = publisher();
        publisher.publish("users", Change.ofKeys("a")).join();
        forbid(command);

        UnavailableException refusal = refusal(publisher.region("users"));
        assertThat(refusal.reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        assertNamed(refusal, command);
        grant(command);
        assertThat(publisher.region("users").join().logRecords()).isEqualTo(1);
    }

    @Test
    void theListOfRegionsNamesWhatItMayNotDo() {
        Publisher publisher = publisher();
        forbid("smembers");
        assertNamed(refusal(publisher.regions()), "smembers");
        assertTheInspectionFinds("smembers");
    }

    @Test
    void appendingDoesNotDependOnTheListOfRegions() {
        forbid("sadd");
        publisher().publish("users", Change.ofKeys("a")).join();
        assertTheInspectionFinds("sadd");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lrange", "publish"})
    void aDryRunNamesWhatItMayNotDo(String command) {
        await().until(subscriber()::isCaughtUp);
        server.execute(
                "ACL", "SETUSER", "other", "reset", "on", ">pw", "allkeys", "allchannels", "+@all", "-" + command);
        Publisher publisher =
                Publisher.connect(PublisherConfig.of(server.uri().replace("redis://", "redis://other:pw@")));
        open.add(publisher);

        assertNamed(refusal(publisher.dryRun("users", List.of(Selector.all()), Duration.ofSeconds(1))), command);
    }

    @Test
    void aDryRunDoesNotDependOnClearingUpBehindIt() {
        await().until(subscriber()::isCaughtUp);
        server.execute("ACL", "SETUSER", "other", "reset", "on", ">pw", "allkeys", "allchannels", "+@all", "-del");
        Publisher publisher =
                Publisher.connect(PublisherConfig.of(server.uri().replace("redis://", "redis://other:pw@")));
        open.add(publisher);

        assertThat(publisher
                        .dryRun("users", List.of(Selector.all()), Duration.ofSeconds(2))
                        .join()
                        .entries())
                .isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"info", "time", "evalsha", "eval", "hmget", "hset", "del", "publish", "subscribe"})
    void aSubscriberNamesWhatItMayNotDoAndIsNotConfirmed(String command) {
        server.execute("SCRIPT", "FLUSH");
        forbid(command);
        Subscriber subscriber = subscriber();

        await().untilAsserted(() -> assertThat(whys)
                .anySatisfy(why -> assertThat(why).containsPattern("(?i)noperm.*\\b" + command + "\\b")));
        assertThat(subscriber.isCaughtUp()).isFalse();
        assertTheInspectionFinds(command);

        grant(command);
        await().atMost(Duration.ofSeconds(10)).until(subscriber::isCaughtUp);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hgetall", "hdel", "sadd", "rpush", "pexpire"})
    void aSubscriberStaysConfirmedWithoutWhatItDoesNotNeedForThat(String command) {
        forbid(command);
        Subscriber subscriber = subscriber();

        await().until(subscriber::isCaughtUp);
        await().during(Duration.ofMillis(500))
                .until(() -> subscriber.region("users").confirmation().ageNanos()
                        < Duration.ofSeconds(2).toNanos());
        assertThat(whys).noneMatch(why -> why.contains("NOPERM"));
        assertTheInspectionFinds(command);
    }

    @Test
    void aSubscriberThatMayNotReadTheLogResetsInsteadOfTryingForEver() {
        forbid("xrange");
        Subscriber subscriber = subscriber();
        await().until(subscriber::isCaughtUp);
        Publisher publisher = publisher();
        publisher.publish("users", Change.ofKeys("a")).join();
        await().until(() -> reader.keys().contains("a"));

        server.execute("CLIENT", "KILL", "TYPE", "pubsub");
        Receipt missed = publisher.publish("users", Change.ofKeys("b")).join();

        await().until(() -> missed.position().equals(subscriber.region("users").position()));
        assertThat(reader.resets()).hasSize(1);
        assertTheInspectionFinds("xrange");
    }

    @Test
    void aKeyPatternThatIsMissingIsToldFromACommand() {
        server.execute("ACL", "SETUSER", "app", "resetkeys", "~other:*");
        assertThat(refusal(publisher().publish("users", Change.ofKeys("a"))).getMessage())
                .contains("NOPERM");
    }
}
