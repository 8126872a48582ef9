package dev.freshet.sources.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.admin.LogReader;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Invalidation;
import dev.freshet.sources.Sources;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tests that invalidations reach applications that know the old messages only, once, and never come back. */
@SuppressWarnings("NullAway.Init") // the folder, before each test
final class ChannelRelayTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final String BOTH_WAYS = """
            sources:
              old:
                kind: redis-channel
                on-gap: ignore
                rules:
                  users: { channel: invalidate, message: "user:{id}", region: users, keys: ["user:{id}"] }
                relay:
                  users: { region: users, keys: "user:{id}", channel: invalidate, message: "user:{id}" }
                  teams: { region: users, tags: "team:{id}", channel: "events:{id}", message: '{{"team": "{id}"}}' }
                  all: { region: users, all: true, channel: flush, message: users }
            """;

    @TempDir
    private Path folder;

    @RegisterExtension
    final Closing open = new Closing();

    private final KeyspaceSourceTest.Heard heard = new KeyspaceSourceTest.Heard();
    private final List<String> messages = new CopyOnWriteArrayList<>();

    /** An application that listens as before. */
    @BeforeEach
    void listen() throws IOException {
        REDIS.server().execute("FLUSHALL");
        Socket socket = open.closing(new Socket(REDIS.host(), REDIS.port()));
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        socket.getOutputStream().write("PSUBSCRIBE invalidate events:* flush\r\n".getBytes(StandardCharsets.UTF_8));
        for (int acknowledged = 0; acknowledged < 3; ) {
            acknowledged += lines.readLine().startsWith(":") ? 1 : 0;
        }
        Thread listening = new Thread(() -> hear(lines));
        listening.setDaemon(true);
        listening.start();
    }

    private void hear(BufferedReader lines) {
        try {
            // Each of the four parts of a message has a line with its length before it.
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                List<String> parts = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    lines.readLine();
                    parts.add(lines.readLine());
                }
                messages.add(parts.get(2) + " " + parts.get(3));
            }
        } catch (IOException e) {
            // Closed at the end of the test.
        }
    }

    private PublisherConfig config() {
        return Patient.publisher(REDIS.uri());
    }

    private Publisher publisher() {
        Publisher publisher = open.closing(Publisher.connect(config()));
        await().until(publisher::isConnected);
        return publisher;
    }

    private Sources source(String yaml, Publisher publisher) throws IOException {
        Sources sources = open.closing(KeyspaceSourceTest.start(
                Files.createTempDirectory(folder, "publisher"),
                yaml,
                config().redis(),
                publisher,
                heard,
                origin -> Publisher.connect(config().withName(origin))));
        await().until(() -> sources.fault("old") == null);
        return sources;
    }

    private static List<String> log() {
        try (LogReader log = LogReader.of(Patient.redis(REDIS.uri()), "users")) {
            return log.read(0, 1_000, Duration.ZERO).stream()
                    .flatMap(entry -> entry.decoded() instanceof Decoded.Intact record
                            ? record.body().invalidations().stream().map(Invalidation::selector)
                            : Stream.empty())
                    .flatMap(selector -> selector.names().isEmpty() ? Stream.of("all") : selector.names().stream())
                    .toList();
        }
    }

    @Test
    void withTwoPublishersBothWaysEachChangeIsSaidOnceEverywhereAndNothingComesBack() throws IOException {
        Publisher first = publisher();
        source(BOTH_WAYS, first);
        source(BOTH_WAYS, publisher());
        Publisher elsewhere = publisher();

        elsewhere.publish("users", Change.ofKeys("user:1")).join();
        await().untilAsserted(() -> assertThat(messages).containsExactly("invalidate user:1"));
        REDIS.server().execute("PUBLISH", "invalidate", "user:2");
        first.publish("users", Change.ofKeys("user:3")).join();
        await().untilAsserted(() -> assertThat(messages)
                .containsExactlyInAnyOrder("invalidate user:1", "invalidate user:2", "invalidate user:3"));
        // The message of the application is logged by each of the two publishers; their own by none.
        await().untilAsserted(
                        () -> assertThat(log()).containsExactlyInAnyOrder("user:1", "user:2", "user:2", "user:3"));

        // Whatever was on its way would have come before this.
        elsewhere.publish("users", Change.ofKeys("user:end")).join();
        await().untilAsserted(() -> assertThat(messages).contains("invalidate user:end"));
        REDIS.server().execute("PUBLISH", "invalidate", "user:last");
        await().untilAsserted(
                        () -> assertThat(log()).filteredOn("user:last"::equals).hasSize(2));
        assertThat(messages)
                .containsExactlyInAnyOrder(
                        "invalidate user:1",
                        "invalidate user:2",
                        "invalidate user:3",
                        "invalidate user:end",
                        "invalidate user:last");
        assertThat(log())
                .containsExactlyInAnyOrder(
                        "user:1", "user:2", "user:2", "user:3", "user:end", "user:last", "user:last");
    }

    @Test
    void whatNoMessageSaysIsSaidByTheOneForTheRegionAndJsonStaysJson() throws IOException {
        Publisher publisher = publisher();
        source(BOTH_WAYS, publisher);
        publisher
                .publish("users", Change.builder().tags("team:a\"}, {\"b").build())
                .join();
        publisher.publish("users", Change.ofKeys("session:1")).join();
        publisher.publish("users", Change.builder().prefixes("user:").build()).join();
        await().untilAsserted(() -> assertThat(messages)
                .containsExactly("events:a\"}, {\"b {\"team\": \"a\\\"}, {\\\"b\"}", "flush users"));
        assertThat(heard.unrelayed).isEmpty();
    }

    @Test
    void whatCannotBeSaidIsCounted() throws IOException {
        Publisher publisher = publisher();
        source(BOTH_WAYS.replaceAll("(?m)^ +all:.*\n", ""), publisher);
        publisher.publish("users", Change.builder().all().build()).join();
        publisher.publish("users", Change.ofKeys("user:1")).join();
        await().untilAsserted(() -> assertThat(messages).containsExactly("invalidate user:1"));
        assertThat(heard.unrelayed).containsExactly("users");
    }

    @Test
    void aPublisherThatStartsAgainGoesOnWhereTheLastOneStood() throws IOException {
        Publisher publisher = publisher();
        publisher.publish("users", Change.ofKeys("user:before")).join();
        Sources once = source(BOTH_WAYS, publisher);
        publisher.publish("users", Change.ofKeys("user:1")).join();
        await().untilAsserted(() -> assertThat(messages).containsExactly("invalidate user:1"));
        once.close();
        publisher.publish("users", Change.ofKeys("user:2")).join();
        source(BOTH_WAYS, publisher);
        await().untilAsserted(() -> assertThat(messages).containsExactly("invalidate user:1", "invalidate user:2"));
    }

    @Test
    void aLogThatIsLostIsSaidByTheMessageForTheRegion() throws IOException {
        Publisher publisher = publisher();
        source(BOTH_WAYS, publisher);
        publisher.publish("users", Change.ofKeys("user:1")).join();
        await().untilAsserted(() -> assertThat(messages).containsExactly("invalidate user:1"));
        REDIS.server().execute("DEL", "freshet:{users}:head", "freshet:{users}:log");
        publisher.publish("users", Change.ofKeys("user:2")).join();
        await().untilAsserted(() -> assertThat(messages).contains("flush users", "invalidate user:2"));
    }
}
