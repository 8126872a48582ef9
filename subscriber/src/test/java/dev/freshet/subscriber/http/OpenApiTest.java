package dev.freshet.subscriber.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.RegionSubscription;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Position;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.service.openapi.OpenApi;
import dev.freshet.service.rights.NewToken;
import dev.freshet.service.rights.Right;
import dev.freshet.subscriber.RawHttp;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.subscriber.region.StoredValue;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The OpenAPI document and the routes are the same. Each answer of the other tests of this package is looked up in the document;
 * here, each answer that the document describes is provoked.
 */
@SuppressWarnings("NullAway.Init") // before each test
final class OpenApiTest extends EntriesServerBench {

    private static final String KEYS = "{\"keys\":[\"k\"]}";
    private static final String[] JSON_TYPE = {"Content-Type", "application/json"};
    private static final String LEASES = "{\"leases\":[{\"key\":\"k\",\"lease\":\"x\"}]}";

    private final Set<String> answered = new TreeSet<>();

    private RawHttp recorded(int port) {
        return new RawHttp(port, (method, path, answer) -> record(method, path, answer.status()));
    }

    private void record(String method, String path, int status) {
        String answer = API.answer(method, path, status);
        if (answer != null) {
            answered.add(answer);
        }
    }

    @TempDir
    private Path folder;

    private static String filled(String template) {
        return template.replace("{region}", "users").replace("{key}", "k");
    }

    private static byte[] body(String path) {
        return (path.endsWith("release") ? LEASES : path.endsWith("batchGet") ? KEYS : "").getBytes(UTF_8);
    }

    @Test
    void theDocumentIsServedAndHasNoFault() {
        Answer answer = http.get("/openapi.json");
        API.requireServed(answer.header("Content-Type"), answer.text());
        assertThat(http.head("/openapi.json").body()).isEmpty();
    }

    @Test
    void theRootListsThePathsAndTheirMethods() {
        API.requireListed(json(http.get("/")));
    }

    @Test
    void aPathTakesTheMethodsThatAreDescribedAndNoOther() {
        API.requireMethods(
                (method, path) -> {
                    Answer answer = http.send(method, filled(path), body(path), JSON_TYPE);
                    assertThat(answer.text()).doesNotContain(":no-such-path", ":unknown-region");
                    return new OpenApi.Reply(answer.status(), answer.header("Allow"));
                },
                200,
                204,
                404,
                428);
        for (String path :
                List.of("/v1", "/openapi", "/v1/regions/", "/v1/regions/users/", "/v1/regions/users/x", "//")) {
            assertThat(http.get(path).status()).as(path).isEqualTo(404);
        }
    }

    @Test
    void aBodyHasTheMembersThatAreDescribedAndNoOther() {
        for (String path : List.of("/v1/regions/{region}/entries:batchGet", "/v1/regions/{region}/entries:release")) {
            JsonObject body = new JsonObject(new String(body(path), UTF_8));
            assertThat(body.fieldNames()).isEqualTo(API.requestMembers("POST", path));
            API.requireRequest("POST", path, body);
            assertThat(http.send("POST", filled(path), body(path), JSON_TYPE).status())
                    .isEqualTo(200);
        }
    }

    @Test
    void eachHeaderThatIsDescribedIsRead() {
        Set<String> lenient = Set.of("Cache-Control", "Expires", "Prefer");
        for (String path : API.paths()) {
            for (String method : API.methods(path)) {
                Set<String> headers = API.headers(path, method);
                headers.removeAll(lenient);
                for (String header : headers) {
                    Answer answer = http.send(
                            method,
                            filled(path),
                            body(path),
                            "Content-Type",
                            "application/json",
                            header,
                            "?".repeat(600));
                    assertThat(answer.status())
                            .as(method + " " + path + " " + header)
                            .isEqualTo(400);
                    if (!method.equals("HEAD")) {
                        assertFaults(answer, header);
                    }
                }
            }
        }
    }

    @Test
    void everyAnswerThatIsDescribedExists() throws Exception {
        provokeTheRefusalsOfThePort();
        provokeFaultsAndSlowness();
        provokeAnswersOfEntries();
        provokeRefusalsForWantOfMemory();
        provokeRefusalsOfStrangers();
        RawHttp client = recorded(port());
        byte[] tooLarge = " ".repeat(JsonBody.MAX_BYTES + 1).getBytes(UTF_8);
        for (String path : API.paths()) {
            for (String method : API.methods(path)) {
                client.send(method, filled(path), body(path), "Content-Type", "application/json");
                client.send(
                        method,
                        filled(path).replace("users", "nobody"),
                        body(path),
                        "Content-Type",
                        "application/json");
                client.send(method, filled(path), body(path), "Content-Type", "text/plain");
                if (method.equals("PUT") || method.equals("POST")) {
                    client.send(method, filled(path), tooLarge, "Content-Type", "application/json");
                }
            }
        }
        assertThat(answered).isEqualTo(API.answers());
    }

    private void provokeTheRefusalsOfThePort() {
        RawHttp client = recorded(port());
        for (String path : API.paths()) {
            for (String method : API.methods(path)) {
                String target = filled(path);
                client.send(method, target, new byte[0], "Transfer-Encoding", "gzip");
                client.send(method, target, new byte[0], "Origin", "http://example.com");
                client.send(method, target + "?" + "a".repeat(5000), new byte[0]);
                client.send(method, target, new byte[0], "X", "a".repeat(70_000));
                exchange(client, method, target, "Host: example.com\r\n");
            }
        }
    }

    private void provokeRefusalsOfStrangers() throws Exception {
        Path file = folder.resolve("tokens");
        Files.writeString(
                file, NewToken.make("shop", Set.of(Right.READ), List.of("*")).line());
        RawHttp client = recorded(serverOf(cache(), region("users"), users, "http.tokens-file", file.toString())
                .port());
        for (String path : API.paths()) {
            for (String method : API.methods(path)) {
                int status = client.send(method, filled(path), body(path), "Content-Type", "application/json")
                        .status();
                assertThat(status).as(method + " " + path).isEqualTo(path.startsWith("/v1") ? 401 : 200);
            }
        }
    }

    private void exchange(RawHttp client, String method, String target, String headers) {
        Answer answer = client.exchange(
                (method + " " + target + " HTTP/1.1\r\nConnection: close\r\n" + headers + "\r\n").getBytes(ISO_8859_1));
        record(method, target, answer.status());
    }

    /** On a server whose region throws whatever is asked of it, and which does not wait long for a body. */
    private void provokeFaultsAndSlowness() throws Exception {
        RawHttp client = recorded(serverOf(
                        broken(RegionCache.class),
                        broken(CachedRegion.class),
                        broken(RegionSubscription.class),
                        "http.request-timeout",
                        "100ms")
                .port());
        for (String path : API.paths()) {
            for (String method : API.methods(path)) {
                String target = filled(path);
                if (target.startsWith("/v1")) {
                    client.send(
                            method, target, body(path), "Content-Type", "application/json", "Freshet-Absent", "true");
                }
                if (method.equals("PUT") || method.equals("POST")) {
                    exchange(
                            client,
                            method,
                            target,
                            "Host: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n");
                }
            }
        }
    }

    private void provokeAnswersOfEntries() throws Exception {
        RawHttp client = recorded(port());
        String lease = client.get(USERS + "k").required("Lease");
        client.put(USERS + "k", "x", "Lease", lease);
        client.put(USERS + "k", "x", "Lease", lease);
        client.put(USERS + "k", "x");
        client.get(USERS + "k");
        client.head(USERS + "k");
        String another = client.get(USERS + "hash").required("Lease");
        client.put(USERS + "hash", "x", "Lease", another, "Content-Type", StoredValue.ANSWERS);
        client.get(USERS + "hash");
        client.head(USERS + "hash");
        String tooFar = new Position(EPOCH, 1_000).toString();
        client.get(USERS + "k", "Min-Position", tooFar);
        client.head(USERS + "k", "Min-Position", tooFar);
        String[] headers = {"Content-Type", "application/json", "Min-Position", tooFar};
        client.send("POST", "/v1/regions/users/entries:batchGet", KEYS.getBytes(UTF_8), headers);
        CompletableFuture<Boolean> kept = CompletableFuture.completedFuture(false);
        RawHttp keptInRedis = recorded(serverOf(cache(), proxy(CachedRegion.class, (call, arguments) -> kept), users)
                .port());
        keptInRedis.delete(USERS + "k");
    }

    /** One body holds all the memory that bodies may hold, but for a byte. */
    private void provokeRefusalsForWantOfMemory() throws Exception {
        EntriesServer full = serverOf(cache(), region("users"), users);
        RawHttp client = recorded(full.port());
        try (RawConnection slow = RawConnection.to(full.port())) {
            slow.send("POST /v1/regions/users/entries:release HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + JsonBody.MAX_BYTES + "\r\n\r\n" + " ".repeat(JsonBody.MAX_BYTES - 1));
            Awaitility.await().until(() -> full.bodyBytes() == JsonBody.MAX_BYTES - 1);
            client.put(USERS + "k", "value", "Lease", "x");
            client.send("POST", "/v1/regions/users/entries:release", LEASES.getBytes(UTF_8), JSON_TYPE);
            assertThat(full.refusedBodies()).isEqualTo(2);
        }
        Awaitility.await().until(() -> full.bodyBytes() == 0);
    }
}
