package dev.freshet.subscriber;

import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.service.Configuration;
import dev.freshet.service.Service;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two sidecars that share a region's values in Redis. */
@SuppressWarnings("NullAway.Init")
class RedisTierOverHttpTest {

    private static final String USER = "/v1/regions/users/entries/user:1";

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<Service> services = new ArrayList<>();
    private Publisher publisher;
    private RawHttp one;
    private RawHttp two;

    @BeforeEach
    void start() {
        publisher = Publisher.connect(PublisherConfig.of(REDIS.uri()));
        one = sidecar();
        two = sidecar();
    }

    @AfterEach
    void stop() {
        services.forEach(Service::close);
        publisher.close();
    }

    private RawHttp sidecar() {
        Service service = Service.start(
                new SubscriberApplication(),
                Configuration.of(
                        "redis.uri", REDIS.uri(),
                        "http.port", "0",
                        "management.port", "0",
                        "heartbeat", "50ms",
                        "redis-tier.timeout", "2s",
                        "regions.users.redis-tier.enabled", "true",
                        "regions.users.redis-tier.maximum-ttl", "10m"));
        services.add(service);
        RawHttp http = new RawHttp(service.port());
        await().until(() -> http.get("/v1/regions/users").text().contains("\"subscription\":\"live\""));
        return http;
    }

    private static String lease(Answer miss) {
        assertThat(miss.status()).isEqualTo(404);
        return miss.required("Lease");
    }

    @Test
    void whatOneStoredTheOtherAnswersWithItsTypeAndUntilItIsInvalidated() {
        String token = lease(one.get(USER));
        assertThat(one.put(USER, "{}", "Lease", token, "Content-Type", "application/json", "Cache-Tag", "team:7")
                        .status())
                .isEqualTo(204);
        await().untilAsserted(() -> {
            Answer hit = two.get(USER);
            assertThat(hit.status()).isEqualTo(200);
            assertThat(hit.header("Content-Type")).isEqualTo("application/json");
            assertThat(hit.text()).isEqualTo("{}");
        });
        publisher.publish("users", Change.builder().tags("team:7").build()).join();
        await().until(() -> two.get(USER).status() == 404);
        await().until(() -> one.get(USER).status() == 404);
    }

    @Test
    void whateverHeaderSaysHowLongNoSidecarAnswersLongerThanRedis() {
        Map<String, Supplier<String>> forms = new LinkedHashMap<>();
        forms.put("Cache-Control", () -> "max-age=1");
        forms.put("Freshet-Expire-Millis", () -> "1250");
        forms.put(
                "Expires",
                () -> RFC_1123_DATE_TIME.format(Instant.now().plusSeconds(2).atZone(ZoneOffset.UTC)));
        forms.put(
                "Freshet-Expire-At-Millis",
                () -> Long.toString(Instant.now().plusMillis(1_250).toEpochMilli()));
        forms.forEach((header, value) -> {
            String path = "/v1/regions/users/entries/" + header;
            assertThat(one.put(path, "{}", "Lease", lease(one.get(path)), header, value.get())
                            .status())
                    .as(header)
                    .isEqualTo(204);
            await().until(() -> isInRedis(header));
            assertThat(Long.parseLong(REDIS.server().execute("PTTL", "freshet:{users}:value:" + header)))
                    .as(header)
                    .isBetween(1L, 2_000L);
            assertThat(two.get(path).status()).as(header).isEqualTo(200);
        });
        for (String header : forms.keySet()) {
            await().atMost(Duration.ofSeconds(5)).until(() -> !isInRedis(header));
            assertThat(one.get("/v1/regions/users/entries/" + header).status())
                    .as(header)
                    .isEqualTo(404);
            assertThat(two.get("/v1/regions/users/entries/" + header).status())
                    .as(header)
                    .isEqualTo(404);
        }
    }

    private static boolean isInRedis(String key) {
        return REDIS.server().execute("EXISTS", "freshet:{users}:value:" + key).equals("1");
    }

    @Test
    void aDeleteThatTheTierDidNotCarryOutSaysSo() {
        one.put(USER, "old", "Lease", lease(one.get(USER)));
        await().until(() -> two.get(USER).status() == 200);
        REDIS.server().kill();
        Answer kept = one.delete(USER);
        assertThat(kept.status()).isEqualTo(503);
        assertThat(kept.text()).contains("kept-in-redis").contains("evicted here");
        assertThat(kept.required("Retry-After")).isEqualTo("1");
        assertThat(one.get(USER).status()).isEqualTo(404);
    }

    @Test
    void aDeleteIsNotUndoneByRedis() {
        one.put(USER, "old", "Lease", lease(one.get(USER)));
        await().until(() -> two.get(USER).status() == 200);
        assertThat(one.delete(USER).status()).isEqualTo(204);
        assertThat(one.get(USER).status()).isEqualTo(404);
    }
}
