package dev.freshet.publisher.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.TooBroadException;
import dev.freshet.bus.UnavailableException;
import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherHarness;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.service.openapi.OpenApi;
import dev.freshet.service.rights.NewToken;
import dev.freshet.service.rights.Right;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The OpenAPI document and the routes are the same. Each answer of the other tests with the application is looked up in the document;
 * here, each answer that the document describes is provoked.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before each test
final class OpenApiTest {

    private static final OpenApi API = OpenApi.beside(PublisherServer.class);
    private static final String JSON = "Content-Type: application/json\r\n";
    private static final String CHANGE = "{\"region\":\"users\",\"keys\":[\"a\"]}";

    @TempDir
    private Path folder;

    private final FakePublisher fake = new FakePublisher();
    private volatile @Nullable Exception fault;
    private final PublisherHarness app = PublisherHarness.start(
            (config, listener) -> withFaults(),
            "regions",
            "users",
            "http.maximum-body",
            "64KiB",
            "http.request-timeout",
            "300ms");
    private final Set<String> answered = new TreeSet<>();

    @AfterAll
    void stop() {
        app.close();
    }

    private Publisher withFaults() {
        return (Publisher) Proxy.newProxyInstance(
                Publisher.class.getClassLoader(), new Class<?>[] {Publisher.class}, (proxy, method, arguments) -> {
                    Exception thrown = fault;
                    return thrown != null && method.getReturnType().equals(CompletableFuture.class)
                            ? CompletableFuture.failedFuture(thrown)
                            : method.invoke(fake, arguments);
                });
    }

    private static String filled(String template) {
        return template.replace("{region}", "users");
    }

    private RawConnection.Answer send(String method, String target, String headers, String body) {
        return send(app.service().port(), method, target, headers, body);
    }

    private RawConnection.Answer send(int port, String method, String target, String headers, String body) {
        String host = headers.contains("Host:") ? "" : "Host: localhost\r\n";
        String length = headers.contains("Content-Length:") || headers.contains("Transfer-Encoding:")
                ? ""
                : "Content-Length: " + body.length() + "\r\n";
        try (RawConnection connection = RawConnection.to(port)) {
            RawConnection.Answer answer = connection
                    .send(method + " " + target + " HTTP/1.1\r\nConnection: close\r\n" + host + length + headers
                            + "\r\n" + body)
                    .read();
            String known = API.answer(method, target, answer.status());
            if (known != null) {
                answered.add(known);
            }
            return answer;
        }
    }

    @Test
    void theDocumentIsServedAndHasNoFault() {
        RawConnection.Answer answer = send("GET", "/openapi.json", "", "");
        API.requireServed(
                answer.header("Content-Type"), app.get("/openapi.json").body());
    }

    @Test
    void theRootListsThePathsAndTheirMethods() {
        API.requireListed(PublisherHarness.json(app.get("/")));
    }

    @Test
    void aPathTakesTheMethodsThatAreDescribedAndNoOther() {
        API.requireMethods(
                (method, path) -> {
                    RawConnection.Answer answer = sendAnyMethod(method, filled(path));
                    return new OpenApi.Reply(answer.status(), answer.header("Allow"));
                },
                200);
        for (String path : List.of("/v1", "/openapi", "/v1/regions/users/x", "//", "/v1/invalidations/x")) {
            assertThat(send("GET", path, "", "").status()).as(path).isEqualTo(404);
        }
    }

    /** An answer to a HEAD has no body, whatever its length says. */
    private RawConnection.Answer sendAnyMethod(String method, String target) {
        if (!method.equals("HEAD")) {
            return send(method, target, JSON, CHANGE);
        }
        try (RawConnection connection = RawConnection.to(app.service().port())) {
            return connection
                    .send("HEAD " + target + " HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n\r\n")
                    .read();
        }
    }

    @Test
    void aChangeHasTheMembersThatAreDescribedAndNoOther() {
        String path = "/v1/invalidations";
        Set<String> members = new TreeSet<>();
        for (String change : List.of(
                "{\"region\":\"users\",\"keys\":[\"a\"],\"version\":0,\"changedAt\":\"2026-12-01T00:00:00Z\"}",
                "{\"region\":\"users\",\"tags\":[\"a\"],\"prefixes\":[\"a\"]}",
                "{\"region\":\"users\",\"all\":true,\"traceparent\":\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"}")) {
            JsonObject body = new JsonObject(change);
            members.addAll(body.fieldNames());
            API.requireRequest("POST", path, body);
            assertThat(send("POST", path, JSON, change).status()).as(change).isEqualTo(200);
        }
        assertThat(members).isEqualTo(API.requestMembers("POST", path));
    }

    @Test
    void everyAnswerThatIsDescribedExists() throws IOException {
        for (String path : API.paths()) {
            for (String method : API.methods(path)) {
                provokeTheRefusalsOfThePort(method, filled(path));
            }
        }
        provokeAnswersOfInvalidations();
        provokeRefusalsOfStrangers();
        send("GET", "/v1/regions/unknown", "", "");
        provokeFaults();
        assertThat(answered).isEqualTo(API.answers());
    }

    private void provokeTheRefusalsOfThePort(String method, String target) {
        send(method, target, JSON, CHANGE);
        send(method, target, "Transfer-Encoding: gzip\r\n", "");
        send(method, target, "Origin: http://example.com\r\n", "");
        send(method, target, "Host: example.com\r\n", "");
        send(method, target + "?" + "a".repeat(5000), "", "");
        send(method, target, "X: " + "a".repeat(70_000) + "\r\n", "");
    }

    private void provokeRefusalsOfStrangers() throws IOException {
        Path file = folder.resolve("tokens");
        Files.writeString(
                file, NewToken.make("shop", Set.of(Right.READ), List.of("*")).line());
        try (PublisherHarness closed = PublisherHarness.start(fake, "http.tokens-file", file.toString())) {
            for (String path : API.paths()) {
                for (String method : API.methods(path)) {
                    boolean isOpen = API.json()
                            .getJsonObject("paths")
                            .getJsonObject(path)
                            .encode()
                            .contains("\"security\":[]");
                    int status = send(closed.service().port(), method, filled(path), JSON, CHANGE)
                            .status();
                    assertThat(status).as(method + " " + path).isEqualTo(isOpen ? 200 : 401);
                }
            }
        }
    }

    private void provokeAnswersOfInvalidations() {
        String path = "/v1/invalidations";
        send("POST", path, "Content-Type: text/plain\r\n", CHANGE);
        send("POST", path, JSON, " ".repeat(70_000));
        send("POST", path, JSON + "Content-Length: 9\r\n", "");
        fake.setAwaitResult(new AwaitResult(2, 1, List.of("slow")));
        send("POST", path + "?await=applied", JSON, CHANGE);
        fault = new TooBroadException("users", 12, 3, 10);
        send("POST", path, JSON, CHANGE);
    }

    private void provokeFaults() {
        List<Exception> faults = List.of(
                new IllegalStateException("broken by the test"),
                new UnavailableException(
                        UnavailableException.Reason.REDIS_AWAY, "Redis is unavailable", false, Duration.ofSeconds(1)));
        for (Exception next : faults) {
            fault = next;
            send("POST", "/v1/invalidations", JSON, CHANGE);
            send("GET", "/v1/regions", "", "");
            send("GET", "/v1/regions/users", "", "");
        }
        fault = null;
    }
}
