package dev.freshet.publisher.http;

import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Member;
import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherHarness;
import dev.freshet.schema.Position;
import dev.freshet.service.rights.NewToken;
import dev.freshet.service.rights.Right;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A publisher that knows tokens, over HTTP. */
@SuppressWarnings("NullAway.Init") // before each test
abstract class PublisherWithTokens {

    static final String JSON = "application/json";
    static final String LINES = "application/x-ndjson";
    static final String KEY = "{\"region\":\"users\",\"keys\":[\"a\"]}";

    /** Those of the file that the publisher starts with: it takes a second until it reads another. */
    static final Map<String, NewToken> KNOWN = Stream.of(
                    "publish in users",
                    "publish broad in users",
                    "publish broad force in users",
                    "publish force in users",
                    "publish force read members in users",
                    "publish broad read members in users",
                    "publish broad force members in users",
                    "read in users",
                    "read members in users",
                    "read broad force members in users",
                    "broad force read members in users",
                    "publish in users,user-*",
                    "publish in *",
                    "publish broad force members in *")
            .collect(Collectors.toMap(
                    known -> known,
                    known -> make(
                            known.substring(0, known.indexOf(" in ")),
                            known.substring(known.indexOf(" in ") + 4).split(",", -1))));

    @TempDir
    Path folder;

    final FakePublisher publisher = new FakePublisher();
    Path file;
    PublisherHarness app;

    @BeforeEach
    void start() throws IOException {
        file = folder.resolve("tokens");
        write(KNOWN.values().toArray(NewToken[]::new));
        publisher.setMembers(
                "users", new Member("id-1", "pod-1", new Position(FakePublisher.EPOCH, 1), 1, 1, 1, 1, 1, List.of()));
        app = PublisherHarness.start(publisher, "http.tokens-file", file.toString());
    }

    @AfterEach
    void stop() {
        app.close();
    }

    /** Replaces the file as a whole. */
    void write(NewToken... tokens) throws IOException {
        write(String.join("\n", List.of(tokens).stream().map(NewToken::line).toList()));
    }

    void write(String text) throws IOException {
        Path written = folder.resolve("tokens.new");
        Files.writeString(written, text);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Returns a token that the publisher knows from the start. */
    static String token(String rights, String... regions) {
        String wanted = rights + " in " + String.join(",", regions);
        return Objects.requireNonNull(KNOWN.get(wanted), wanted).token();
    }

    static NewToken make(String rights, String... regions) {
        return NewToken.make(
                "shop",
                Set.copyOf(List.of(rights.split(" ", -1)).stream()
                        .map(text -> Right.of(text).orElseThrow())
                        .toList()),
                List.of(regions));
    }

    void awaitKnown(String token) {
        await().until(() -> get(token, "/v1/regions").statusCode() != 401);
    }

    HttpResponse<String> post(String token, String query, String type, String body) {
        return app.send(
                token,
                HttpRequest.newBuilder(app.uri("/v1/invalidations" + query))
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString(body)));
    }

    HttpResponse<String> get(String token, String path) {
        return app.send(token, HttpRequest.newBuilder(app.uri(path)));
    }

    double misconfigured() {
        return app.metric("freshet_files_misconfigured{setting=\"http.tokens-file\"}");
    }
}
