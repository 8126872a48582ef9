package dev.freshet.publisher.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.HeldEntry;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.fakes.Holder;
import dev.freshet.bus.patience.Patient;
import dev.freshet.publisher.PublisherHarness;
import dev.freshet.service.rights.NewToken;
import dev.freshet.service.rights.Right;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.RedisExtension;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The console's port with a real Redis and real members. */
@SuppressWarnings("NullAway.Init") // before each test
abstract class OpenConsole {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private static final HeldEntry HELD = new HeldEntry(
            "user:17", "readable", 2_000_000, OptionalLong.empty(), OptionalLong.empty(), List.of("team:7"));

    @TempDir
    Path folder;

    final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    final int port = LoopbackPorts.free();
    final List<AutoCloseable> open = new ArrayList<>();
    PublisherHarness app;

    void start(String... more) {
        List<String> settings = new ArrayList<>(List.of(
                "redis.uri",
                redis.uri(),
                "redis.connect-timeout",
                "20s",
                "redis.command-timeout",
                "20s",
                "console.port",
                Integer.toString(port)));
        settings.addAll(List.of(more));
        app = PublisherHarness.start(Publisher::connect, settings.toArray(String[]::new));
        open.add(app);
        await().until(app.service()::isReady);
    }

    private static Holder holder() {
        return new Holder(1, Map.of("entries", "1", "serving", "confirmed", "hits", "3", "misses", "1"), HELD);
    }

    void join(String name) {
        Subscriber subscriber =
                Subscriber.connect(Patient.subscriber(redis.uri()).withName(name), Map.of("users", holder()));
        open.add(subscriber);
        await().until(subscriber::isCaughtUp);
    }

    @AfterEach
    void stop() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    /** Returns a token with rights, and adds its line to the file. */
    String token(String name, Set<Right> rights, String region) throws IOException {
        NewToken token = NewToken.make(name, rights, List.of(region));
        Path file = folder.resolve("tokens");
        Files.writeString(file, (Files.exists(file) ? Files.readString(file) : "") + token.line() + "\n");
        return token.token();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, String token, String body) throws Exception {
        return send(request(path)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    }

    /** A stream of events as a browser reads it. */
    final class Events implements AutoCloseable {
        final InputStream stream;
        final BufferedReader lines;

        Events(String path, String token) throws Exception {
            HttpResponse<InputStream> response = http.send(
                    request(path).header("Authorization", "Bearer " + token).build(), BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
            stream = response.body();
            lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
        }

        /** Returns the next event of this name. */
        JsonObject next(String name) throws IOException {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("event: " + name)) {
                    return new JsonObject(lines.readLine().substring("data: ".length()));
                }
            }
            throw new AssertionError("the stream ended");
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }

    static JsonObject only(JsonArray array) {
        assertThat(array).hasSize(1);
        return array.getJsonObject(0);
    }
}
