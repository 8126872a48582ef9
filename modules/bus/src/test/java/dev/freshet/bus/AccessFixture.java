package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A Redis and a Sentinel at which a user has a password, and what tests ask about those who may not get in. */
@SuppressWarnings("NullAway.Init") // before all tests
abstract class AccessFixture {

    static RedisServer server;
    static RedisServer sentinel;

    @RegisterExtension
    final Closing open = new Closing();

    @RegisterExtension
    final Logged logged = new Logged();

    @TempDir
    private Path folder;

    Path password;

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

    RedisConfig config(String uri) {
        return Patient.redis(uri).withAccess(RedisAccess.PLAIN.withPasswordFile("app", password));
    }

    Publisher publisher(RedisConfig redis) {
        return open.closing(Publisher.connect(Patient.publisher(redis.uri()).withRedis(redis)));
    }

    Subscriber subscriber(RedisConfig redis) {
        return open.closing(Subscriber.connect(
                Patient.subscriber(redis.uri()).withRedis(redis), Map.of("users", new RecordingReader())));
    }

    static UnavailableException refusal(Publisher publisher) {
        try {
            publisher.publish("users", Change.ofKeys("a")).join();
        } catch (CompletionException e) {
            return (UnavailableException) Objects.requireNonNull(e.getCause());
        }
        throw new AssertionError("it was published");
    }

    static void awaitPublished(Publisher publisher) {
        await().ignoreExceptions()
                .until(() -> publisher.publish("users", Change.ofKeys("a")).get() != null);
    }

    List<String> warnings() {
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
    static long connectionsWithin(RedisServer redis, int seconds, Runnable meanwhile) {
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
    static void rewrite(Path file, String text) throws IOException {
        Files.move(Files.writeString(file.resolveSibling("next"), text), file, StandardCopyOption.ATOMIC_MOVE);
    }
}
