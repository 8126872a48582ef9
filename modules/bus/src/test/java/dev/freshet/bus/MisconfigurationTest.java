package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.RedisTierConfig;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only a person can mend is named, said once, tried ever more rarely, and over as soon as it is mended. */
@SuppressWarnings("NullAway.Init") // before all tests
class MisconfigurationTest {

    private static RedisServer server;
    private static RedisServer sentinel;

    @RegisterExtension
    final Closing open = new Closing();

    @RegisterExtension
    final Logged logged = new Logged();

    @TempDir
    private Path folder;

    private Path password;

    @BeforeAll
    static void start() {
        server = RedisServer.builder().onThisMachine().start();
        sentinel = RedisServer.builder()
                .onThisMachine()
                .withSetting("sentinel monitor main " + server.host() + " " + server.port() + " 1")
                .start();
    }

    @AfterAll
    static void stop() {
        sentinel.close();
        server.close();
    }

    @BeforeEach
    void lockTheDoor() throws IOException {
        server.flushAll();
        server.execute("ACL", "SETUSER", "app", "reset", "on", ">s3cret", "~*", "&*", "+@all");
        password = Files.writeString(folder.resolve("password"), "s3cret");
    }

    @AfterEach
    void nothingSecretWasLogged() {
        assertThat(logged.lines()).noneMatch(line -> line.contains("s3cret"));
    }

    private RedisConfig config(String uri) {
        return Patient.redis(uri).withAccess(RedisAccess.PLAIN.withPasswordFile("app", password));
    }

    private Publisher publisher(RedisConfig redis) {
        return open.closing(Publisher.connect(Patient.publisher(redis.uri()).withRedis(redis)));
    }

    private Subscriber subscriber(RedisConfig redis) {
        return open.closing(Subscriber.connect(
                Patient.subscriber(redis.uri()).withRedis(redis), Map.of("users", new RecordingReader())));
    }

    private static UnavailableException refusal(Publisher publisher) {
        try {
            publisher.publish("users", Change.ofKeys("a")).join();
        } catch (CompletionException e) {
            return (UnavailableException) Objects.requireNonNull(e.getCause());
        }
        throw new AssertionError("it was published");
    }

    private static void awaitPublished(Publisher publisher) {
        await().ignoreExceptions()
                .until(() -> publisher.publish("users", Change.ofKeys("a")).get() != null);
    }

    private List<String> warnings() {
        return logged.warnings();
    }

    private static long connections(RedisServer redis) {
        return number(redis, "stats", "total_connections_received");
    }

    private static long number(RedisServer redis, String section, String field) {
        return redis.execute("INFO", section)
                .lines()
                .filter(line -> line.startsWith(field + ":"))
                .mapToLong(line ->
                        Long.parseLong(line.substring(field.length() + 1).strip()))
                .findFirst()
                .orElseThrow();
    }

    /** Waits for seconds of the server's clock, and returns how many connections it got meanwhile beside those of this test. */
    private static long connectionsWithin(RedisServer redis, int seconds, Runnable meanwhile) {
        long before = connections(redis);
        long until = number(redis, "server", "uptime_in_seconds") + seconds;
        long[] asked = {1};
        await().until(() -> {
            asked[0]++;
            meanwhile.run();
            return number(redis, "server", "uptime_in_seconds") >= until;
        });
        return connections(redis) - before - asked[0] - 1;
    }

    /** In one step, as tools do that rotate passwords: a reader must not find the file empty. */
    private static void rewrite(Path file, String text) throws IOException {
        Files.move(Files.writeString(file.resolveSibling("next"), text), file, StandardCopyOption.ATOMIC_MOVE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWrongPasswordIsNamedAndSaidOnceAndRarelyTriedAndOverWhenTheFileIsMended(boolean bySentinel)
            throws IOException {
        rewrite(password, "wrong");
        RedisConfig redis = config(
                bySentinel ? "redis-sentinel://" + sentinel.host() + ":" + sentinel.port() + "/main" : server.uri());
        Publisher publisher = publisher(redis);
        Subscriber subscriber = subscriber(redis);
        RedisTier tier = open.closing(RedisTier.connect(RedisTierConfig.of(redis, "test")));
        RedisTier.Region region = tier.region("users", Duration.ofSeconds(10));

        await().until(() -> publisher.misconfiguration() != null && subscriber.misconfiguration() != null);
        assertThat(publisher.misconfiguration())
                .contains("refuses the credentials of user app from the password file " + password, "WRONGPASS");
        assertThat(subscriber.misconfiguration()).contains("WRONGPASS");
        assertThat(subscriber.region("users").trouble()).contains("WRONGPASS");
        UnavailableException refusal = refusal(publisher);
        assertThat(refusal.reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        assertThat(refusal).hasMessageContaining("WRONGPASS").hasMessageNotContaining("unavailable");
        assertThat(refusal.retryAfter()).isPositive();
        assertThat(region.read("a").join()).isInstanceOf(TierRead.Unavailable.class);
        assertThat(tier.misconfiguration()).contains("WRONGPASS");

        long connections = connectionsWithin(server, 6, () -> {
            assertThat(refusal(publisher).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
            assertThat(publisher.region("users"))
                    .failsWithin(Duration.ofSeconds(20))
                    .withThrowableThat()
                    .withMessageContaining("WRONGPASS");
            region.read("a").join();
        });
        assertThat(connections).as("of publisher, subscriber and tier").isLessThan(30);
        assertThat(region.read("a").join()).isInstanceOf(TierRead.Unavailable.class);
        // One each of publisher, subscriber and tier.
        assertThat(warnings()).hasSize(3).allMatch(line -> line.contains("WRONGPASS"));

        rewrite(password, "s3cret");
        await().until(subscriber::isCaughtUp);
        awaitPublished(publisher);
        await().until(() -> region.read("a").join() instanceof TierRead.Absent);
        await().until(() -> publisher.misconfiguration() == null);
        await().until(() -> subscriber.misconfiguration() == null);
        await().until(() -> tier.misconfiguration() == null);
        assertThat(warnings()).hasSize(3);
    }

    @Test
    void aSentinelThatRefusesIsAskedRarelyToo() {
        try (RedisServer locked = RedisServer.builder()
                .onThisMachine()
                .withPassword("watch")
                .withSetting("sentinel monitor main " + server.host() + " " + server.port() + " 1")
                .start()) {
            RedisConfig redis = config("redis-sentinel://" + locked.host() + ":" + locked.port() + "/main");
            Publisher publisher = publisher(redis);
            Subscriber subscriber = subscriber(redis);
            await().until(() -> publisher.misconfiguration() != null && subscriber.misconfiguration() != null);
            assertThat(publisher.misconfiguration())
                    .startsWith("the sentinel at ")
                    .contains("NOAUTH");

            // Ten times a second before, by the publisher alone.
            assertThat(connectionsWithin(locked, 5, () -> {})).isLessThan(20);
            assertThat(warnings()).hasSize(2);
        }
    }

    @Test
    void aFaultThatChangesIsSaidAgain() throws IOException {
        Files.delete(password);
        Publisher publisher = publisher(config(server.uri()));
        await().until(() -> publisher.misconfiguration() != null);
        rewrite(password, "wrong");
        await().until(() -> String.valueOf(publisher.misconfiguration()).contains("WRONGPASS"));

        assertThat(warnings()).hasSize(2);
        assertThat(warnings().get(0)).contains("cannot be read: it does not exist");
        assertThat(warnings().get(1)).contains("WRONGPASS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"info", "evalsha", "xadd", "time"})
    void aPublisherThatMayNotDoSomethingSaysSoOnceAndGoesOnWhenItMay(String command) {
        server.execute("ACL", "SETUSER", "app", "-" + command);
        Publisher publisher = publisher(config(server.uri()));
        for (int i = 0; i < 20; i++) {
            assertThat(refusal(publisher).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        }
        assertThat(publisher.misconfiguration()).contains("NOPERM").containsIgnoringCase(command);
        assertThat(warnings()).hasSize(1);

        server.execute("ACL", "SETUSER", "app", "+" + command);
        awaitPublished(publisher);
        await().until(() -> publisher.misconfiguration() == null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"evalsha", "subscribe", "time", "hmget"})
    void aSubscriberThatMayNotDoSomethingSaysSoOnceAndGoesOnWhenItMay(String command) {
        server.execute("SCRIPT", "FLUSH");
        server.execute("ACL", "SETUSER", "app", "-" + command);
        Subscriber subscriber = subscriber(config(server.uri()));
        await().until(() -> subscriber.misconfiguration() != null);
        assertThat(subscriber.misconfiguration()).contains("NOPERM").containsIgnoringCase(command);
        // Refusals prove nothing against a connection: with each heartbeat there would be a new one.
        assertThat(connectionsWithin(server, 4, () -> {})).isLessThan(16);
        assertThat(warnings()).hasSize(1);

        server.execute("ACL", "SETUSER", "app", "+" + command);
        await().until(subscriber::isCaughtUp);
        await().until(() -> subscriber.misconfiguration() == null);
    }

    @Test
    void aFaultElsewhereDoesNotHideThatASubscriptionIsLost() {
        server.execute("ACL", "SETUSER", "app", "-sadd");
        Subscriber subscriber = subscriber(config(server.uri()));
        await().until(subscriber::isCaughtUp);
        await().until(() -> String.valueOf(subscriber.misconfiguration()).contains("NOPERM"));

        server.execute("CLIENT", "KILL", "TYPE", "pubsub");
        await().until(() -> warnings().stream().anyMatch(line -> line.startsWith("the subscription to ")));
        await().until(subscriber::isCaughtUp);
    }

    @Test
    void aRegionThatMayNotBeWrittenDoesNotKeepOthersFromBeing() {
        server.execute("ACL", "SETUSER", "app", "resetkeys", "~freshet:{orders}*", "~freshet:regions");
        Publisher publisher = publisher(config(server.uri()));
        await().until(publisher::isConnected);

        assertThat(refusal(publisher).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        publisher.publish("orders", Change.ofKeys("a")).join();
        assertThat(publisher.isConnected()).isTrue();
        assertThat(publisher.misconfiguration()).contains("users", "NOPERM");
    }

    @Test
    void aRenamedCommandIsAFaultOfTheConfigurationToo() {
        try (RedisServer renamed =
                RedisServer.builder().withSetting("rename-command EVALSHA \"\"").start()) {
            Publisher publisher = publisher(Patient.redis(renamed.uri()));
            await().until(publisher::isConnected);
            assertThat(refusal(publisher).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
            assertThat(publisher.misconfiguration()).containsIgnoringCase("evalsha");
        }
    }
}
