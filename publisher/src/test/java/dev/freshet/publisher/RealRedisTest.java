package dev.freshet.publisher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Publisher;
import dev.freshet.testkit.RedisExtension;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs the publisher with a real Redis: what it acknowledges is in the log, and it recovers when Redis does. */
final class RealRedisTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    // Started after the extension has emptied the server, which it does before each test.
    @SuppressWarnings("NullAway.Init")
    private PublisherHarness app;

    @BeforeEach
    void start() {
        app = PublisherHarness.start(
                Publisher::connect,
                "redis.uri",
                redis.uri(),
                "redis.connect-timeout",
                "20s",
                "redis.command-timeout",
                "20s",
                "regions",
                "users,orders");
        await().until(app.service()::isReady);
    }

    @AfterEach
    void stop() {
        app.close();
    }

    @Test
    void positionsGoOnFromOneChangeToTheNext() {
        String first = position(app.postJson("{\"region\":\"users\",\"keys\":[\"a\"]}"));
        String second = position(app.postJson("{\"region\":\"users\",\"keys\":[\"b\"],\"tags\":[\"t\"]}"));

        assertThat(first).matches("[0-9a-f]{16}-1");
        assertThat(second).isEqualTo(first.replaceFirst("-1$", "-2"));
        JsonObject users = PublisherHarness.json(app.get("/v1/regions/users"));
        assertThat(users.getString("head")).isEqualTo(second);
        assertThat(users.getInteger("logRecords")).isEqualTo(2);
        assertThat(users.getInteger("members")).isZero();
        assertThat(PublisherHarness.json(app.get("/v1/regions")).getJsonArray("regions"))
                .hasSize(2);
        // Callers hear of an append before it is counted.
        await().untilAsserted(() -> {
            assertThat(app.metric("freshet_invalidations_total{region=\"users\",side=\"publisher\"}"))
                    .isEqualTo(3);
            assertThat(app.metric("freshet_records_total{region=\"users\",side=\"publisher\"}"))
                    .isEqualTo(2);
            assertThat(app.metric("freshet_append_seconds_count")).isEqualTo(2);
        });
        assertThat(app.metric("freshet_invalidations_total{region=\"orders\",side=\"publisher\"}"))
                .isZero();
        await().until(() -> app.metric("freshet_clock_error_seconds{side=\"publisher\"}") < 1);
    }

    @Test
    void aStreamOfAHundredThousandLinesIsInTheLog() {
        int lines = 100_000;
        byte[] body = IntStream.range(0, lines)
                .mapToObj(i -> "{\"region\":\"users\",\"keys\":[\"user:" + i + "\"]}\n")
                .collect(Collectors.joining())
                .getBytes(UTF_8);

        HttpResponse<String> response = app.post("", "application/x-ndjson", body);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(PublisherHarness.json(response).getInteger("invalidations")).isEqualTo(lines);
        await().untilAsserted(
                        () -> assertThat(app.metric("freshet_invalidations_total{region=\"users\",side=\"publisher\"}"))
                                .isEqualTo(lines));
        String head = PublisherHarness.json(app.get("/v1/regions/users")).getString("head");
        assertThat(PublisherHarness.json(response).getJsonObject("positions").getString("users"))
                .isEqualTo(head);
    }

    @Test
    void whileRedisIsUnavailableChangesAreRefusedAndItRecoversByItself() {
        position(app.postJson("{\"region\":\"users\",\"keys\":[\"a\"]}"));

        redis.server().kill();
        await().until(() -> !app.service().isReady());
        HttpResponse<String> refused = app.postJson("{\"region\":\"users\",\"keys\":[\"b\"]}");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(PublisherHarness.json(refused).getString("type")).isEqualTo("urn:problem-type:freshet:redis-away");
        assertThat(app.get("/v1/regions").statusCode()).isEqualTo(503);
        assertThat(app.management("/health/live").statusCode()).isEqualTo(200);
        assertThat(app.management("/health/started").statusCode()).isEqualTo(200);
        assertThat(app.management("/health/ready").statusCode()).isEqualTo(503);
        await().until(() -> app.metric("freshet_publisher_refused_total{reason=\"redis-away\"}") > 0);

        redis.server().start();
        await().until(app.service()::isReady);
        assertThat(app.postJson("{\"region\":\"users\",\"keys\":[\"b\"]}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void awaitingWithNobodyThereIsDoneAndSaysSo() {
        HttpResponse<String> response = app.post(
                "?await=applied&timeout=30s",
                "application/json",
                "{\"region\":\"users\",\"keys\":[\"a\"]}".getBytes(UTF_8));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(PublisherHarness.json(response).getInteger("members")).isZero();
        assertThat(PublisherHarness.json(response).getInteger("applied")).isZero();
    }

    @Test
    void aDryRunWithNobodyThereIsDoneAndSaysSo() {
        HttpResponse<String> response = app.post(
                "?dryRun=true&timeout=30s", "application/json", "{\"region\":\"users\",\"all\":true}".getBytes(UTF_8));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(PublisherHarness.json(response).getInteger("members")).isZero();
        assertThat(PublisherHarness.json(app.get("/v1/regions/users")).getString("head"))
                .isNull();
    }

    private static String position(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return PublisherHarness.json(response).getJsonObject("positions").getString("users");
    }
}
