package dev.freshet.subscriber.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.service.port.Ports;
import dev.freshet.service.rights.Doorkeeper;
import dev.freshet.service.rights.NewToken;
import dev.freshet.service.rights.Right;
import dev.freshet.subscriber.RawHttp;
import dev.freshet.subscriber.RawHttp.Answer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each right allows at a subscriber, and what its lack refuses. */
@SuppressWarnings("NullAway.Init") // before each test
class RightsTest extends EntriesServerBench {

    private static final NewToken READER = NewToken.make("reader", Set.of(Right.READ), List.of("users"));
    private static final NewToken WRITER = NewToken.make("writer", Set.of(Right.WRITE), List.of("users"));
    private static final NewToken BOTH = NewToken.make("both", Set.of(Right.READ, Right.WRITE), List.of("users", "w*"));

    @TempDir
    private Path folder;

    @Override
    Doorkeeper doorkeeper(Ports ports) throws IOException {
        Path file = folder.resolve("tokens");
        Files.writeString(file, String.join("\n", READER.line(), WRITER.line(), BOTH.line()));
        return Doorkeeper.of("http.tokens-file", file, Right.OF_SUBSCRIBER, ports, new SimpleMeterRegistry());
    }

    private static NewToken token(String name) {
        return switch (name) {
            case "reader" -> READER;
            case "writer" -> WRITER;
            default -> BOTH;
        };
    }

    private Answer send(NewToken token, String method, String path, String body, String... headers) {
        String[] all = new String[headers.length + 4];
        System.arraycopy(headers, 0, all, 4, headers.length);
        all[0] = "Authorization";
        all[1] = "Bearer " + token.token();
        all[2] = "Content-Type";
        all[3] = "application/json";
        return http.send(method, path, body.getBytes(UTF_8), all);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/regions/users/entries/k, '', reader, writer, read",
        "HEAD, /v1/regions/users/entries/k, '', reader, writer, read",
        "GET, /v1/regions/users, '', reader, writer, read",
        "POST, /v1/regions/users/entries:batchGet, '{\"keys\":[\"k\"]}', reader, writer, read",
        "POST, /v1/regions/users/entries:release, '{\"leases\":[{\"key\":\"k\",\"lease\":\"x\"}]}', reader, writer, read",
        "PUT, /v1/regions/users/entries/k, v, writer, reader, write",
        "DELETE, /v1/regions/users/entries/k, '', writer, reader, write",
    })
    void eachRequestNeedsItsRight(
            String method, String path, String body, String allowed, String refused, String right) {
        Answer refusal = send(token(refused), method, path, body);
        assertThat(refusal.status()).isEqualTo(403);
        if (!method.equals("HEAD")) {
            assertProblem(refusal, 403, "forbidden");
            assertThat(json(refusal).getString("right")).isEqualTo(right);
            assertThat(json(refusal).getString("region")).isEqualTo("users");
        }
        assertThat(send(token(allowed), method, path, body).status()).isNotIn(401, 403);
        assertThat(send(BOTH, method, path, body).status()).isNotIn(401, 403);
        assertThat(http.send(method, path, body.getBytes(UTF_8), "Content-Type", "application/json")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void anEntryIsLoadedStoredAndEvictedWithBothRights() {
        String lease = send(BOTH, "GET", USERS + "k", "").required("Lease");
        assertThat(send(READER, "PUT", USERS + "k", "v", "Lease", lease).status())
                .isEqualTo(403);
        assertThat(send(BOTH, "PUT", USERS + "k", "v", "Lease", lease).status()).isEqualTo(204);
        assertThat(send(READER, "GET", USERS + "k", "").text()).isEqualTo("v");
        assertThat(send(WRITER, "DELETE", USERS + "k", "").status()).isEqualTo(204);
        assertThat(send(READER, "GET", USERS + "k", "").status()).isEqualTo(404);
    }

    @Test
    void aCallerSeesItsRegionsAndNoOthers() {
        assertThat(regionsSeenBy(READER)).containsExactly("users");
        assertThat(regionsSeenBy(WRITER)).isEmpty();
        assertThat(regionsSeenBy(BOTH)).containsExactly("users", "warm");

        assertThat(send(READER, "GET", "/v1/regions/warm", "").status()).isEqualTo(403);
        assertThat(send(READER, "GET", "/v1/regions/nobody", "").status()).isEqualTo(403);
        Answer unknown = send(BOTH, "GET", "/v1/regions/wrong", "");
        assertProblem(unknown, 404, "unknown-region");
        assertThat(json(unknown).getJsonArray("regions")).containsExactly("users", "warm");
    }

    private List<String> regionsSeenBy(NewToken token) {
        return json(send(token, "GET", "/v1/regions", "")).getJsonArray("regions").stream()
                .map(region -> ((JsonObject) region).getString("region"))
                .toList();
    }

    @Test
    void aStrangerIsAskedForAToken() {
        Answer refused = http.get(USERS + "k");
        assertProblem(refused, 401, "token-required");
        assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"freshet\"");
        assertProblem(http.get("/nowhere"), 401, "token-required");
        assertProblem(http.get(USERS + "k", "Authorization", "Bearer hush"), 401, "token-unknown");
        assertThat(http.get("/openapi.json").status()).isEqualTo(200);
        assertThat(http.get("/").status()).isEqualTo(200);
    }

    @Test
    void aWebPageIsRefusedWhateverItShows() {
        Answer page = send(BOTH, "GET", USERS + "k", "", "Origin", "http://localhost:8710");
        assertProblem(page, 403, "from-a-web-page");
        Answer preflight = new RawHttp(port())
                .send(
                        "OPTIONS",
                        USERS + "k",
                        new byte[0],
                        "Origin",
                        "http://example.com",
                        "Access-Control-Request-Method",
                        "GET",
                        "Access-Control-Request-Headers",
                        "authorization");
        assertProblem(preflight, 403, "from-a-web-page");
        assertThat(preflight.headers().keySet()).noneMatch(name -> name.startsWith("Access-Control"));
    }
}
