package dev.freshet.publisher.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.Change;
import dev.freshet.bus.Member;
import dev.freshet.bus.UnavailableException;
import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherHarness;
import dev.freshet.schema.Limits;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Requests with one change, and their answers. */
final class InvalidationsTest {

    private final FakePublisher publisher = new FakePublisher();
    private final PublisherHarness app = PublisherHarness.start(publisher);

    @AfterEach
    void stop() {
        app.close();
    }

    @Test
    void aChangeIsPublishedAsItWasSaid() {
        HttpResponse<String> response = app.postJson("""
                {"region":"users","keys":["user:1","größe"],"changedAt":"2026-01-01T00:00:00.000001Z","version":42}
                """);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(PublisherHarness.json(response).getJsonObject("positions"))
                .isEqualTo(new JsonObject().put("users", "0000000000c0ffee-1"));
        assertThat(PublisherHarness.json(response).getInteger("invalidations")).isEqualTo(1);
        assertThat(publisher.log())
                .containsExactly(new FakePublisher.Published(
                        "users",
                        new Change(
                                List.of(Selector.keys("user:1", "größe")),
                                Instant.parse("2026-01-01T00:00:00.000001Z"),
                                OptionalLong.of(42),
                                false,
                                false)));
    }

    @Test
    void selectorsAddUp() {
        app.postJson(
                "{\"prefixes\":[\"user:\"],\"tags\":[\"team:7\"],\"all\":false,\"keys\":[\"a\"],\"region\":\"users\"}");
        app.postJson("{\"all\":true,\"region\":\"orders\"}");

        assertThat(publisher.log())
                .containsExactly(
                        new FakePublisher.Published(
                                "users",
                                Change.builder()
                                        .prefixes("user:")
                                        .tags("team:7")
                                        .keys("a")
                                        .build()),
                        new FakePublisher.Published(
                                "orders", Change.builder().all().build()));
    }

    @Test
    void moreNamesThanASelectorHoldsGoInSeveral() {
        String keys = IntStream.range(0, 5000).mapToObj(i -> "\"k" + i + "\"").collect(Collectors.joining(","));

        assertThat(app.postJson("{\"region\":\"users\",\"keys\":[" + keys + "]}")
                        .statusCode())
                .isEqualTo(200);

        List<Selector> selectors = publisher.log().get(0).change().selectors();
        assertThat(selectors).hasSize(2).allSatisfy(selector -> assertThat(((Selector.Keys) selector).keys())
                .hasSizeLessThanOrEqualTo(Limits.MAX_NAMES_PER_SELECTOR));
        assertThat(selectors.stream().flatMap(selector -> ((Selector.Keys) selector).keys().stream()))
                .hasSize(5000)
                .startsWith("k0")
                .endsWith("k4999");
    }

    @Test
    void aRegionThatNobodyListensToIsSaidSo() {
        publisher.setMembers("users", member("pod-1"), member("pod-2"));

        JsonObject known = PublisherHarness.json(app.postJson("{\"region\":\"users\",\"all\":true}"));
        JsonObject typo = PublisherHarness.json(app.postJson("{\"region\":\"usres\",\"all\":true}"));

        assertThat(known.getInteger("members")).isEqualTo(2);
        assertThat(known.containsKey("regionsWithoutMembers")).isFalse();
        assertThat(typo.getInteger("members")).isZero();
        assertThat(typo.getJsonArray("regionsWithoutMembers")).isEqualTo(new JsonArray().add("usres"));
    }

    @Test
    void awaitingAnswersWhoHasApplied() {
        publisher.setAwaitResult(new AwaitResult(3, 3, List.of()));

        HttpResponse<String> response = post("?await=applied&timeout=PT0.5S");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(PublisherHarness.json(response).getInteger("members")).isEqualTo(3);
        assertThat(PublisherHarness.json(response).getInteger("applied")).isEqualTo(3);
        assertThat(publisher.log().get(0).change().awaited()).isTrue();
    }

    @Test
    void awaitingInVainNamesTheLagging() {
        publisher.setAwaitResult(new AwaitResult(3, 1, List.of("pod-2", "pod-3")));

        HttpResponse<String> response = post("?await=applied&timeout=500ms");

        assertThat(response.statusCode()).isEqualTo(504);
        JsonObject problem = PublisherHarness.json(response);
        assertThat(problem.getString("type")).isEqualTo("urn:problem-type:freshet:not-applied");
        assertThat(problem.getString("detail"))
                .isEqualTo("The change is in the log, but 2 of 3 members have not applied it within 500ms."
                        + " Do not repeat it.");
        assertThat(problem.getInteger("members")).isEqualTo(3);
        assertThat(problem.getInteger("applied")).isEqualTo(1);
        assertThat(problem.getJsonArray("lagging"))
                .isEqualTo(new JsonArray().add("pod-2").add("pod-3"));
        assertThat(problem.getJsonObject("positions").getString("users")).isEqualTo("0000000000c0ffee-1");
    }

    @Test
    void aDryRunPublishesNothing() {
        HttpResponse<String> response = post("?dryRun=true");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(PublisherHarness.json(response))
                .isEqualTo(new JsonObject()
                        .put("dryRun", true)
                        .put("region", "users")
                        .put("members", 3)
                        .put("answered", 2)
                        .put("entries", 12)
                        .put("silent", new JsonArray().add("slow")));
        assertThat(publisher.log()).isEmpty();
    }

    @Test
    void aRegionTooManyIsTheCallersMistake() {
        publisher.becomeUnavailable(
                new UnavailableException(
                        UnavailableException.Reason.TOO_MANY_REGIONS,
                        "region usres does not exist",
                        false,
                        Duration.ofSeconds(1)),
                0);

        HttpResponse<String> response = post("");

        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(response.headers().firstValue("Retry-After")).isEmpty();
        JsonObject problem = PublisherHarness.json(response);
        assertThat(problem.getString("type")).isEqualTo("urn:problem-type:freshet:too-many-regions");
        assertThat(problem.getString("detail")).contains("usres");
    }

    @Test
    void whileRedisIsUnavailableTheCallerHearsWhenToRepeat() {
        publisher.becomeUnavailable(
                new UnavailableException(
                        UnavailableException.Reason.REDIS_AWAY, "Redis is unavailable", true, Duration.ofMillis(1500)),
                0);

        HttpResponse<String> response = post("");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).contains("2");
        JsonObject problem = PublisherHarness.json(response);
        assertThat(problem.getString("type")).isEqualTo("urn:problem-type:freshet:redis-away");
        assertThat(problem.getBoolean("mayHaveBeenAppended")).isTrue();
        assertThat(problem.getString("detail"))
                .isEqualTo("The change is not confirmed: Redis is unavailable. "
                        + "It may be in the log all the same. Repeat it; repeating is harmless.");
        assertThat(app.management("/health/ready").statusCode()).isEqualTo(503);
        assertThat(app.management("/health/ready").body()).contains("\"name\":\"redis\",\"status\":\"down\"");
        assertThat(app.management("/health/live").statusCode()).isEqualTo(200);

        publisher.becomeAvailable();
        assertThat(post("").statusCode()).isEqualTo(200);
        assertThat(app.management("/health/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void onlyConfiguredRegionsAreTaken() {
        try (PublisherHarness limited = PublisherHarness.start(publisher, "regions", "users,orders")) {
            HttpResponse<String> response = limited.postJson("{\"region\":\"usres\",\"all\":true}");

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(PublisherHarness.json(response).getJsonArray("faults").getJsonObject(0))
                    .isEqualTo(new JsonObject()
                            .put("field", "region")
                            .put("fault", "must be one of users, orders, not \"usres\""));
            assertThat(limited.postJson("{\"region\":\"users\",\"all\":true}").statusCode())
                    .isEqualTo(200);
            HttpResponse<String> unknown = limited.get("/v1/regions/usres");
            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(PublisherHarness.json(unknown).getString("detail"))
                    .isEqualTo("There is no region \"usres\" here. The regions are: users, orders.");
            assertThat(PublisherHarness.json(limited.get("/v1/regions")).getJsonArray("regions"))
                    .hasSize(2);
        }
    }

    @Test
    void regionsTellTheirHeadAndTheLagOfTheirMembers() {
        publisher.setMembers(
                "users",
                new Member("id-1", "pod-1", new Position(FakePublisher.EPOCH, 1), 1, 9_500_000, 9_900_000, 5_000_000),
                new Member("id-2", "pod-2", null, 0, 0, 9_900_000, 5_000_000));
        post("");
        post("");
        app.postJson("{\"region\":\"accounts\",\"all\":true}");

        JsonObject users = PublisherHarness.json(app.get("/v1/regions/users"));
        JsonObject unknown = PublisherHarness.json(app.get("/v1/regions/usres"));
        JsonArray all = PublisherHarness.json(app.get("/v1/regions")).getJsonArray("regions");

        assertThat(users)
                .isEqualTo(new JsonObject()
                        .put("region", "users")
                        .put("head", "0000000000c0ffee-2")
                        .put("logRecords", 2)
                        .put("members", 2)
                        .put(
                                "subscribers",
                                new JsonArray()
                                        .add(new JsonObject()
                                                .put("name", "pod-1")
                                                .put("id", "id-1")
                                                .put("position", "0000000000c0ffee-1")
                                                .put("lagRecords", 1)
                                                .put("confirmedAgeSeconds", 0.5))
                                        .add(new JsonObject()
                                                .put("name", "pod-2")
                                                .put("id", "id-2")
                                                .putNull("position")
                                                .putNull("lagRecords")
                                                .putNull("confirmedAgeSeconds"))));
        assertThat(unknown)
                .isEqualTo(new JsonObject()
                        .put("region", "usres")
                        .putNull("head")
                        .put("logRecords", 0)
                        .put("members", 0)
                        .put("subscribers", new JsonArray()));
        assertThat(all.getJsonObject(0).getString("region")).isEqualTo("accounts");
        assertThat(all.getJsonObject(1)).isEqualTo(users);
    }

    private HttpResponse<String> post(String query) {
        return app.post(query, "application/json", "{\"region\":\"users\",\"keys\":[\"a\"]}".getBytes(UTF_8));
    }

    private static Member member(String name) {
        return new Member("id-of-" + name, name, new Position(1, 1), 1, 1, 1, 5_000_000);
    }
}
