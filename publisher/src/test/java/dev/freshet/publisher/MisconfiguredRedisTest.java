package dev.freshet.publisher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Publisher;
import dev.freshet.testkit.RedisExtension;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a person must mend about Redis is named in health, answers and a metric, and is over when it is mended. */
final class MisconfiguredRedisTest {

    @RegisterExtension
    final RedisExtension redis = RedisExtension.with(server -> server.withPassword("s3cret"));

    private static final String CHANGE = "{\"region\":\"users\",\"keys\":[\"a\"]}";

    @Test
    void aPasswordFileThatIsMissing(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("password");
        String fault = "the password file " + file + " cannot be read: it does not exist";
        try (PublisherHarness app = PublisherHarness.start(
                Publisher::connect,
                "redis.uri",
                "redis://" + redis.host() + ":" + redis.port(),
                "redis.connect-timeout",
                "20s",
                "redis.command-timeout",
                "20s",
                "redis.password-file",
                file.toString())) {
            await().untilAsserted(() -> {
                JsonObject ready = PublisherHarness.json(app.management("/health/ready"));
                assertThat(ready.getString("status")).isEqualTo("down");
                assertThat(ready.getString("misconfigured")).isEqualTo(fault);
                assertThat(ready.getJsonArray("checks").encode()).contains(fault);
            });
            assertThat(app.management("/health/live").statusCode()).isEqualTo(200);
            HttpResponse<String> refused = app.postJson(CHANGE);
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(PublisherHarness.json(refused).getString("type"))
                    .isEqualTo("urn:problem-type:freshet:redis-misconfigured");
            assertThat(PublisherHarness.json(refused).getString("detail")).contains(fault);
            assertThat(PublisherHarness.json(app.get("/v1/regions")).getString("type"))
                    .isEqualTo("urn:problem-type:freshet:redis-misconfigured");
            assertThat(app.metric("freshet_redis_misconfigured{side=\"publisher\"}"))
                    .isEqualTo(1);
            await().until(() -> app.metric("freshet_publisher_refused_total{reason=\"redis-misconfigured\"}") > 0);

            Files.writeString(file, "s3cret\n");
            await().until(app.service()::isReady);
            assertThat(app.postJson(CHANGE).statusCode()).isEqualTo(200);
            await().until(() -> app.metric("freshet_redis_misconfigured{side=\"publisher\"}") == 0);
            await().until(() ->
                    !PublisherHarness.json(app.management("/health/ready")).containsKey("misconfigured"));
        }
    }
}
