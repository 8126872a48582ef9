package dev.freshet.publisher.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.publisher.PublisherHarness;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The limit on broad invalidations, with a real Redis and a real member that counts. */
@SuppressWarnings("NullAway.Init")
final class BroadLimitOverHttpTest {

    /** Counts 1,200 entries; hangs while its gate is closed. */
    private static final class CountingReader implements RegionReader {
        private volatile CountDownLatch gate = new CountDownLatch(0);

        private void waitAtGate() {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void apply(LoggedRecord record) {
            waitAtGate();
        }

        @Override
        public void reset(ResetReason reason) {}

        @Override
        public void joined() {}

        @Override
        public long count(List<Selector> selectors) {
            waitAtGate();
            return 1_200;
        }
    }

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private final CountingReader reader = new CountingReader();
    private PublisherHarness app;
    private Subscriber member;

    @BeforeEach
    void start() {
        app = PublisherHarness.start(
                Publisher::connect,
                "redis.uri",
                redis.uri(),
                "redis.command-timeout",
                "500ms",
                "broad.maximum-entries",
                "1000",
                "broad.timeout",
                "300ms");
        member = Subscriber.connect(
                SubscriberConfig.of(redis.uri()).withName("shop-1").withHeartbeat(Duration.ofMillis(100)),
                Map.of("users", reader));
        await().until(app.service()::isReady);
        await().until(member::isCaughtUp);
    }

    @AfterEach
    void stop() {
        reader.gate.countDown();
        member.close();
        app.close();
    }

    private HttpResponse<String> post(String query, String json) {
        return app.post(query, "application/json", json.getBytes(UTF_8));
    }

    @Test
    void tooBroadIsAConflictThatNamesTheNumbersAndHowToForceIt() {
        HttpResponse<String> refused = app.postJson("{\"region\":\"users\",\"prefixes\":[\"user:\"]}");

        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonObject problem = PublisherHarness.json(refused);
        assertThat(problem.getString("type")).isEqualTo("urn:problem-type:freshet:too-broad");
        assertThat(problem.getString("detail")).contains("1200 entries", "1 live member", "1000", "?force=true");
        assertThat(problem.getLong("entries")).isEqualTo(1_200);
        assertThat(problem.getInteger("members")).isEqualTo(1);
        assertThat(problem.getLong("maximumEntries")).isEqualTo(1_000);
        assertThat(app.metric("freshet_publisher_refused_total{reason=\"too-broad\"}"))
                .isEqualTo(1);

        assertThat(post("?force=true", "{\"region\":\"users\",\"prefixes\":[\"user:\"]}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(app.postJson("{\"region\":\"users\",\"keys\":[\"a\"]}").statusCode())
                .isEqualTo(200);
        assertThat(app.postJson("{\"region\":\"orders\",\"all\":true}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void aStreamEndsAtTheLineThatIsTooBroad() {
        String[] lines = {
            "{\"region\":\"users\",\"keys\":[\"a\"]}",
            "{\"region\":\"orders\",\"all\":true}",
            "{\"region\":\"users\",\"tags\":[\"t\"]}",
            "{\"region\":\"users\",\"keys\":[\"c\"]}"
        };

        HttpResponse<String> refused = app.postLines(lines);
        assertThat(refused.statusCode()).isEqualTo(409);
        JsonObject problem = PublisherHarness.json(refused);
        assertThat(problem.getInteger("line")).isEqualTo(3);
        assertThat(problem.getInteger("invalidations")).isEqualTo(2);
        JsonObject users = PublisherHarness.json(app.get("/v1/regions/users"));
        assertThat(users.getInteger("logRecords")).isEqualTo(1);

        HttpResponse<String> forced = app.post(
                "?force=true", "application/x-ndjson", String.join("\n", lines).getBytes(UTF_8));
        assertThat(forced.statusCode()).isEqualTo(200);
    }

    @Test
    void aMemberThatDoesNotCountMakesItUnknown() {
        reader.gate = new CountDownLatch(1);

        HttpResponse<String> refused = app.postJson("{\"region\":\"users\",\"all\":true}");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        JsonObject problem = PublisherHarness.json(refused);
        assertThat(problem.getString("type")).isEqualTo("urn:problem-type:freshet:not-counted");
        assertThat(problem.getString("detail")).contains("shop-1", "?force=true");
    }

    @Test
    void whereTheChangeIsInTheLogButNobodyCanBeAskedTheAnswerSaysSo() {
        reader.gate = new CountDownLatch(1);
        redis.server().execute("ACL", "SETUSER", "default", "-hgetall"); // Members can no longer be listed.
        try {
            HttpResponse<String> response =
                    post("?await=applied&timeout=300ms", "{\"region\":\"users\",\"keys\":[\"a\"]}");

            assertThat(response.statusCode()).isEqualTo(503);
            JsonObject problem = PublisherHarness.json(response);
            assertThat(problem.getString("type")).isEqualTo("urn:problem-type:freshet:redis-misconfigured");
            assertThat(problem.getString("detail"))
                    .startsWith("The change is in the log")
                    .contains("hgetall");
            assertThat(problem.getBoolean("mayHaveBeenAppended")).isTrue();
            assertThat(problem.getJsonObject("positions").getString("users")).matches("[0-9a-f]{16}-1");
        } finally {
            redis.server().execute("ACL", "SETUSER", "default", "+@all");
        }
    }

    @Test
    void anAwaitedStreamNamesTheOneThatLags() {
        reader.gate = new CountDownLatch(1);

        HttpResponse<String> response = app.post(
                "?await=applied&timeout=300ms",
                "application/x-ndjson",
                "{\"region\":\"users\",\"keys\":[\"a\"]}\n{\"region\":\"users\",\"keys\":[\"b\"]}".getBytes(UTF_8));

        assertThat(response.statusCode()).isEqualTo(504);
        JsonObject problem = PublisherHarness.json(response);
        assertThat(problem.getJsonArray("lagging")).containsExactly("shop-1");
        assertThat(problem.getInteger("members")).isEqualTo(1);
        assertThat(problem.getInteger("applied")).isZero();
        assertThat(problem.getInteger("invalidations")).isEqualTo(2);
    }
}
