package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.admin.LogReader;
import dev.freshet.bus.patience.Patient;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Credentials of files and suppliers, which are asked for each connection. */
class CredentialsTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    @RegisterExtension
    final Logged logged = new Logged();

    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void lockTheDoor() throws IOException {
        server().execute("ACL", "SETUSER", "app", "reset", "on", ">first-s3cret", "~*", "&*", "+@all");
        file = Files.writeString(folder.resolve("password"), "first-s3cret");
    }

    @AfterEach
    void openTheDoor() {
        server().execute("ACL", "DELUSER", "app");
        assertThat(logged.lines()).noneMatch(line -> line.contains("s3cret"));
    }

    private static RedisServer server() {
        return REDIS.server();
    }

    private RedisConfig config() {
        return config(RedisAccess.PLAIN.withPasswordFile("app", file));
    }

    private static RedisConfig config(RedisAccess access) {
        return Patient.redis(REDIS.uri()).withAccess(access);
    }

    private void rotate() throws IOException {
        server().execute("ACL", "SETUSER", "app", "resetpass", ">second-s3cret");
        rewrite(file, "second-s3cret\n");
        // With the former password nobody would get in again.
        server().execute("CLIENT", "KILL", "USER", "app");
    }

    private Publisher publisher(RedisConfig redis) {
        return open.closing(Publisher.connect(Patient.publisher(REDIS.uri()).withRedis(redis)));
    }

    private Subscriber subscriber(RedisConfig redis, RecordingReader reader) {
        SubscriberConfig config = Patient.subscriber(REDIS.uri()).withRedis(redis);
        return open.closing(Subscriber.connect(config, Map.of("users", reader)));
    }

    private static String whyNot(RedisConfig redis) {
        try (LogReader log = LogReader.of(redis, "users")) {
            log.head();
            return "";
        } catch (BusException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private String whyNotWith(String password) throws IOException {
        return whyNot(config(
                RedisAccess.PLAIN.withPasswordFile("app", Files.writeString(folder.resolve("other"), password))));
    }

    /** In one step, as tools do that rotate passwords: a reader must not find the file empty. */
    private static void rewrite(Path file, String text) throws IOException {
        Files.move(Files.writeString(file.resolveSibling("next"), text), file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void aPasswordThatIsRotatedNeedsNoRestart() throws IOException {
        RecordingReader reader = new RecordingReader();
        Subscriber subscriber = subscriber(config(), reader);
        Publisher publisher = publisher(config());
        await().until(() -> subscriber.isCaughtUp() && publisher.isConnected());

        rotate();

        await().ignoreExceptions().untilAsserted(() -> assertThat(
                        publisher.publish("users", Change.ofKeys("after")).get())
                .isNotNull());
        await().untilAsserted(() -> assertThat(reader.keys()).contains("after"));
    }

    @Test
    void lineEndsBehindThePasswordAreNoPartOfIt() throws IOException {
        assertThat(whyNotWith("first-s3cret\n")).isEmpty();
        assertThat(whyNotWith("first-s3cret\r\n")).isEmpty();
        assertThat(whyNotWith("first-s3cret")).isEmpty();
    }

    @Test
    void aFileThatCannotBeReadIsNamedWithItsCauseAndNothingThatItHolds() throws IOException {
        assertThat(whyNotWith("wrong-s3cret"))
                .contains("refuses the credentials of user app from the password file " + folder.resolve("other"))
                .contains("WRONGPASS")
                .doesNotContain("s3cret");
        assertThat(whyNotWith(" \n")).isEqualTo("the password file " + folder.resolve("other") + " is empty");
        assertThat(whyNotWith("")).endsWith("other is empty");
        assertThat(whyNotWith("one-s3cret\ntwo-s3cret"))
                .endsWith("other holds more than one line; it must hold the password only");
        Files.write(folder.resolve("bytes"), new byte[] {(byte) 0xff, 1});
        assertThat(whyNotOf("bytes")).endsWith("bytes cannot be read: it is not UTF-8 text");
        Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);
        assertThat(whyNotOf("large")).endsWith("large cannot be read: it has more than 1 MiB");
        assertThat(whyNotOf("absent")).endsWith("absent cannot be read: it does not exist");
        Files.createDirectory(folder.resolve("folder"));
        assertThat(whyNotOf("folder")).endsWith("folder cannot be read: it is not a regular file");
        assertThat(whyNot(config(RedisAccess.PLAIN.withPasswordFile("app", Path.of("/dev/zero")))))
                .endsWith("/dev/zero cannot be read: it is not a regular file");
    }

    private String whyNotOf(String name) {
        return whyNot(config(RedisAccess.PLAIN.withPasswordFile("app", folder.resolve(name))));
    }

    @Test
    void aPasswordFileThatVanishesStopsNoConnectionThatIsThere() throws IOException {
        Publisher publisher = publisher(config());
        await().until(publisher::isConnected);

        Files.delete(file);

        publisher.publish("users", Change.ofKeys("a")).join();
        server().execute("CLIENT", "KILL", "USER", "app");
        await().untilAsserted(() -> assertThatThrownBy(
                        () -> publisher.publish("users", Change.ofKeys("b")).join())
                .hasMessageContaining("the password file " + file + " cannot be read: it does not exist"));
        rewrite(file, "first-s3cret");
        await().ignoreExceptions().untilAsserted(() -> assertThat(
                        publisher.publish("users", Change.ofKeys("c")).get())
                .isNotNull());
    }

    @Test
    void aSupplierIsAskedForEachConnectionAndMayFail() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        RedisConfig config = config(RedisAccess.PLAIN.withCredentials(() -> {
            if (asked.incrementAndGet() % 2 == 1) {
                throw new AssertionError("my password is first-s3cret");
            }
            return new RedisCredentials("app", "first-s3cret");
        }));

        assertThat(whyNot(config))
                .isEqualTo("the supplier of credentials (their supplier) failed with java.lang.AssertionError");
        assertThat(whyNot(config)).isEmpty();
        assertThat(config.toString() + config.servers()).doesNotContain("s3cret");
        assertThat(new RedisCredentials("app", "first-s3cret")).asString().doesNotContain("s3cret");
    }

    @Test
    @SuppressWarnings("NullAway") // what a supplier must not do
    void aSupplierOfNothingIsRefused() {
        Supplier<RedisCredentials> nothing = () -> null;
        assertThat(whyNot(config(RedisAccess.PLAIN.withCredentials(nothing))))
                .isEqualTo("the supplier of credentials (their supplier) returned null");
    }

    @Test
    void aSupplierThatHangsStopsNothingForEver() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        RedisConfig config = config(RedisAccess.PLAIN.withCredentials(() -> {
            if (asked.incrementAndGet() <= 2) {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return new RedisCredentials("app", "first-s3cret");
        }));
        RedisConfig hasty = config.withTimeouts(Duration.ofMillis(100), Duration.ofSeconds(20));
        try {
            assertThat(whyNot(hasty)).endsWith("did not return within 100 ms");
            Publisher publisher = publisher(hasty);
            await().until(publisher::isConnected);
        } finally {
            never.countDown();
        }
    }

    @Test
    void withoutCredentialsTheRefusalSaysSo() {
        try (RedisServer locked = RedisServer.builder().withPassword("pw").start()) {
            String uri = "redis://" + locked.host() + ":" + locked.port();
            assertThat(whyNot(Patient.redis(uri))).contains("refuses a connection without credentials: NOAUTH");
            assertThat(whyNot(Patient.redis("redis://:wr0ng@" + locked.host() + ":" + locked.port())))
                    .contains("refuses the credentials from the address: WRONGPASS")
                    .doesNotContain("wr0ng");
            assertThat(whyNot(Patient.redis(uri + "/99"))).contains("NOAUTH");
            assertThat(whyNot(Patient.redis(locked.uri() + "/99")))
                    .contains("refuses database 99: ERR DB index is out of range");
        }
    }

    @Test
    void aSentinelHasCredentialsOfItsOwn() throws IOException {
        try (RedisServer sentinel = RedisServer.builder()
                .onThisMachine()
                .withPassword("watch-s3cret")
                .withSetting("sentinel monitor main " + server().host() + " " + server().port() + " 1")
                .withSetting("sentinel auth-user main app")
                .withSetting("sentinel auth-pass main first-s3cret")
                .start()) {
            String uri = "redis-sentinel://" + sentinel.host() + ":" + sentinel.port() + "/main";
            RedisConfig config = Patient.redis(uri).withAccess(RedisAccess.PLAIN.withPasswordFile("app", file));
            assertThat(whyNot(config))
                    .contains("the sentinel at " + sentinel.host() + ":" + sentinel.port()
                            + " refuses a connection without credentials: NOAUTH");

            Path watch = Files.writeString(folder.resolve("watch"), "watch-s3cret\n");
            assertThat(whyNot(config.withSentinelAccess(RedisAccess.PLAIN.withPasswordFile(null, watch))))
                    .isEmpty();
        }
    }
}
