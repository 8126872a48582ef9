package dev.freshet.publisher.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.publisher.PublisherHarness;
import dev.freshet.service.hostile.LogWatch;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.service.rights.NewToken;
import dev.freshet.service.rights.Right;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file of tokens changes while the publisher runs. */
final class TokensFileTest extends PublisherWithTokens {

    @Test
    void tokensAreReplacedUnderLoadWithoutAFailedRequest() throws Exception {
        NewToken first = NewToken.make("shop", Set.of(Right.PUBLISH), List.of("users"));
        NewToken second = NewToken.make("shop", Set.of(Right.PUBLISH), List.of("users"));
        write(first);
        awaitKnown(first.token());
        AtomicReference<String> inUse = new AtomicReference<>(first.token());
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicLong answered = new AtomicLong();
        ExecutorService callers = Executors.newFixedThreadPool(3);
        List<Future<?>> loads = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                loads.add(callers.submit(() -> {
                    while (!isOver.get()) {
                        assertThat(post(Objects.requireNonNull(inUse.get()), "", JSON, KEY)
                                        .statusCode())
                                .isEqualTo(200);
                        answered.incrementAndGet();
                    }
                }));
            }
            write(first, second);
            awaitKnown(second.token());
            inUse.set(second.token());
            long soFar = answered.get();
            await().until(() -> answered.get() > soFar + 20); // also those that had read the first token
            write(second);
            await().until(() -> get(first.token(), "/v1/regions").statusCode() == 401);
            long then = answered.get();
            await().until(() -> answered.get() > then + 20);
        } finally {
            isOver.set(true);
            callers.shutdown();
        }
        for (Future<?> load : loads) {
            assertThat(load.get(60, TimeUnit.SECONDS)).isNull();
        }
    }

    @Test
    void aTokenThatIsRemovedStopsWorkingOnOpenConnections() throws IOException {
        String token = token("publish", "users");
        String request = "POST /v1/invalidations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token
                + "\r\nContent-Type: application/json\r\nContent-Length: " + KEY.length() + "\r\n\r\n" + KEY;
        try (RawConnection connection = RawConnection.to(app.service().port())) {
            assertThat(connection.send(request).read().status()).isEqualTo(200);
            write(NewToken.make("another", Set.of(Right.READ), List.of("*")));
            await().until(() -> connection.send(request).read().status() == 401);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "shop hush-hush publish users", "shop sha256:00 publish users"})
    void aFileThatIsMalformedLeavesTheOldInUseAndShows(String broken) throws IOException {
        String token = token("publish", "users");
        try (LogWatch log = LogWatch.start()) {
            write(broken);

            await().until(() -> misconfigured() == 1);
            assertThat(post(token, "", JSON, KEY).statusCode()).isEqualTo(200);
            JsonObject ready = PublisherHarness.json(app.management("/health/ready"));
            assertThat(ready.getString("misconfigured"))
                    .contains("http.tokens-file", file.toString(), "stays in use")
                    .doesNotContain("hush");
            assertThat(ready.getString("status")).isEqualTo("up");

            NewToken made = make("publish", "orders");
            write(made);
            awaitKnown(made.token());
            String next = made.token();
            await().until(() -> misconfigured() == 0);
            assertThat(post(next, "", JSON, KEY.replace("users", "orders")).statusCode())
                    .isEqualTo(200);
            assertThat(log.lines().stream().filter(line -> line.contains("stays in use")))
                    .hasSize(1)
                    .noneMatch(line -> line.contains("hush"));
        }
    }

    @Test
    void aFileThatIsMissingLeavesTheOldInUse() throws IOException {
        String token = token("publish", "users");

        Files.delete(file);

        await().until(() -> misconfigured() == 1);
        assertThat(post(token, "", JSON, KEY).statusCode()).isEqualTo(200);
    }

    @Test
    void aPublisherDoesNotStartWithoutItsFile() {
        assertThatThrownBy(() -> PublisherHarness.start(
                        publisher, "http.tokens-file", folder.resolve("missing").toString()))
                .hasMessageContaining("http.tokens-file")
                .hasMessageContaining("does not exist");
    }
}
