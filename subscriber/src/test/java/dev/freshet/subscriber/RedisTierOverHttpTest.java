package dev.freshet.subscriber;

import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.service.Service;
import dev.freshet.service.config.Configuration;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.testkit.RedisExtension;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two sidecars that share a region's values in Redis. */
@SuppressWarnings("NullAway.Init")
class RedisTierOverHttpTest {

    private static final String ENTRIES = "/v1/regions/users/entries/";
    private static final String USER = ENTRIES + "user:1";

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<Service> services = new ArrayList<>();
    private Publisher publisher;
    private RawHttp one;
    private RawHttp two;

    @BeforeEach
    void start() {
        publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
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
                        "heartbeat", "250ms",
                        "redis-tier.timeout", "10s",
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

    /** Who can write to Redis can plant it; it must not answer 500, and not keep the key from being loaded. */
    @Test
    void aPlantedValueThatNoAnswerCanCarryIsAMissWithALease() {
        one.put(USER, "Ada", "Lease", lease(one.get(USER)), "Content-Type", "text/plain");
        await().until(() -> isInRedis("user:1"));
        String name = "freshet:{users}:value:user:1";
        for (String planted : List.of("\u0003a\nb", "\u0001\u0000", "\u0010ab", "")) {
            String frame = REDIS.server().execute("GET", name);
            REDIS.server()
                    .execute(
                            "SET",
                            name,
                            frame.substring(0, frame.indexOf('\n') + 1) + "\u0000" + planted,
                            "PX",
                            "60000");
            Answer miss = two.get(USER);
            assertThat(miss.status()).as(planted).isEqualTo(404);
            assertThat(miss.header("Lease")).as(planted).isNotNull();
        }
        assertThat(two.put(USER, "Eve", "Lease", lease(two.get(USER)), "Content-Type", "text/plain")
                        .status())
                .isEqualTo(204);
        assertThat(two.get(USER).text()).isEqualTo("Eve");
    }

    @Test
    void whateverHeaderSaysHowLongNoSidecarAnswersLongerThanRedis() {
        Map<String, LongFunction<String>> forms = new LinkedHashMap<>();
        forms.put("Cache-Control", seconds -> "max-age=" + seconds);
        forms.put("Freshet-Expire-Millis", seconds -> Long.toString(1_000 * seconds + 250));
        forms.put(
                "Expires",
                seconds -> RFC_1123_DATE_TIME.format(
                        Instant.now().plusSeconds(seconds + 1).atZone(ZoneOffset.UTC)));
        forms.put(
                "Freshet-Expire-At-Millis",
                seconds -> Long.toString(
                        Instant.now().plusSeconds(seconds).plusMillis(250).toEpochMilli()));
        List<String> keys = new ArrayList<>();
        forms.forEach((header, value) -> keys.add(foundEverywhereInTime(header, value)));
        for (String key : keys) {
            await().until(() -> !isInRedis(key));
            // No longer than Redis, however long a thread stood still between its answer and the store here.
            assertThat(one.get(ENTRIES + key).status()).as(key).isEqualTo(404);
            assertThat(two.get(ENTRIES + key).status()).as(key).isEqualTo(404);
        }
    }

    /** Stores an entry for a second, or longer if this machine needs longer to find it everywhere. Returns its key. */
    private String foundEverywhereInTime(String header, LongFunction<String> value) {
        for (long seconds = 1; seconds < 60; seconds *= 2) {
            long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            String key = header + seconds;
            Answer stored =
                    one.put(ENTRIES + key, "{}", "Lease", lease(one.get(ENTRIES + key)), header, value.apply(seconds));
            while (!isInRedis(key) && System.nanoTime() - untilNanos < 0) {
                Thread.onSpinWait();
            }
            long left = Long.parseLong(REDIS.server().execute("PTTL", "freshet:{users}:value:" + key));
            int found = two.get(ENTRIES + key).status();
            if (System.nanoTime() - untilNanos < 0) {
                assertThat(stored.status()).as(key).isEqualTo(204);
                assertThat(left).as(key).isBetween(1L, 1_000 * (seconds + 1));
                assertThat(found).as(key).isEqualTo(200);
                return key;
            }
        }
        throw new AssertionError("with " + header + " no value comes to Redis, or not for long enough");
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
    void aBatchAnswersWhatAnotherSidecarStoredValuesAndAbsences() {
        one.put(USER, "Ada", "Lease", lease(one.get(USER)));
        one.put(ENTRIES + "user:2", "", "Lease", lease(one.get(ENTRIES + "user:2")), "Freshet-Absent", "true");
        await().until(() -> isInRedis("user:1") && isInRedis("user:2"));
        Answer answer = batch(two, "user:1", "user:2", "user:3");
        JsonArray entries = new JsonObject(answer.text()).getJsonArray("entries");
        assertThat(entries.getJsonObject(0).getString("value")).isEqualTo("Ada");
        assertThat(entries.getJsonObject(1).getBoolean("absent")).isTrue();
        String lease = entries.getJsonObject(2).getString("lease");
        assertThat(two.put(ENTRIES + "user:3", "Bob", "Lease", lease).status()).isEqualTo(204);
        await().until(() -> one.get(ENTRIES + "user:3").text().equals("Bob"));
    }

    @Test
    void aFreshValueReplacesTheOneInRedis() {
        one.put(USER, "old", "Lease", lease(one.get(USER)));
        await().until(() -> two.get(USER).status() == 200);
        two.put(USER, "new", "Lease", lease(two.get(USER, "Cache-Control", "no-cache")));
        assertThat(two.get(USER).text()).isEqualTo("new");
        await().until(() ->
                REDIS.server().execute("GET", "freshet:{users}:value:user:1").endsWith("new"));
    }

    private static Answer batch(RawHttp http, String... keys) {
        return http.send(
                "POST",
                "/v1/regions/users/entries:batchGet",
                new JsonObject()
                        .put("keys", new JsonArray(List.of(keys)))
                        .toBuffer()
                        .getBytes(),
                "Content-Type",
                "application/json");
    }

    @Test
    void aDeleteIsNotUndoneByRedis() {
        one.put(USER, "old", "Lease", lease(one.get(USER)));
        await().until(() -> two.get(USER).status() == 200);
        assertThat(one.delete(USER).status()).isEqualTo(204);
        assertThat(one.get(USER).status()).isEqualTo(404);
    }
}
