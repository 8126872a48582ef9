package dev.freshet.publisher.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.publisher.PublisherHarness;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each right allows over HTTP, and what its lack refuses. */
final class RightsTest extends PublisherWithTokens {

    // --- a test per right, refused and granted ---

    @ParameterizedTest
    @CsvSource({
        "'', '\"keys\":[\"a\"]', publish, publish, read broad force members",
        "'', '\"tags\":[\"t\"]', publish broad, broad, publish force read members",
        "'', '\"prefixes\":[\"p\"]', publish broad, broad, publish force read members",
        "'', '\"all\":true', publish broad, broad, publish force read members",
        "'', '\"keys\":[\"a\"],\"tags\":[\"t\"]', publish broad, broad, publish force read members",
        "'', '\"tags\":[\"t\"]', publish broad, publish, broad force read members",
        "?force=true, '\"keys\":[\"a\"]', publish force, force, publish broad read members",
        "?force=true, '\"all\":true', publish broad force, force, publish broad read members",
        "?await=applied, '\"keys\":[\"a\"]', publish, publish, read broad force members",
        "?dryRun=true, '\"all\":true', read, read, publish broad force members",
    })
    void aChangeNeedsItsRights(String query, String selectors, String granted, String missing, String insufficient)
            throws IOException {
        String body = "{\"region\":\"users\"," + selectors + "}";

        HttpResponse<String> refused = post(token(insufficient, "users"), query, JSON, body);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        JsonObject problem = PublisherHarness.json(refused);
        assertThat(problem.getString("type")).endsWith(":forbidden");
        assertThat(problem.getString("right")).isEqualTo(missing);
        assertThat(problem.getString("region")).isEqualTo("users");
        assertThat(problem.getString("detail")).contains('"' + missing + '"', "\"users\"");
        assertThat(publisher.log()).isEmpty();

        assertThat(post(token(granted, "users"), query, JSON, body).statusCode())
                .isEqualTo(200);
    }

    @Test
    void readShowsTheRegionsOfTheCallerAndNoOthers() throws IOException {
        String all = token("publish", "*");
        assertThat(post(all, "", LINES, KEY + "\n" + KEY.replace("users", "orders"))
                        .statusCode())
                .isEqualTo(200);

        String reader = token("read", "users");
        assertThat(PublisherHarness.json(get(reader, "/v1/regions")).getJsonArray("regions"))
                .singleElement()
                .isInstanceOfSatisfying(JsonObject.class, region -> assertThat(region.getString("region"))
                        .isEqualTo("users"));
        assertThat(get(reader, "/v1/regions/users").statusCode()).isEqualTo(200);
        HttpResponse<String> refused = get(reader, "/v1/regions/orders");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(PublisherHarness.json(refused).getString("right")).isEqualTo("read");

        String writer = token("publish broad force members", "*");
        assertThat(get(writer, "/v1/regions/users").statusCode()).isEqualTo(403);
        assertThat(PublisherHarness.json(get(writer, "/v1/regions")).getJsonArray("regions"))
                .isEmpty();
    }

    @Test
    void membersShowsWhoSubscribes() throws IOException {
        JsonObject counted = PublisherHarness.json(get(token("read", "users"), "/v1/regions/users"));
        assertThat(counted.getInteger("members")).isEqualTo(1);
        assertThat(counted.containsKey("subscribers")).isFalse();

        JsonObject named = PublisherHarness.json(get(token("read members", "users"), "/v1/regions/users"));
        assertThat(named.getJsonArray("subscribers").getJsonObject(0).getString("name"))
                .isEqualTo("pod-1");
    }

    @ParameterizedTest
    @CsvSource({"users, 200", "user-names, 200", "users2, 403", "user, 403", "orders, 403"})
    void aRightCountsInItsRegions(String region, int status) throws IOException {
        String token = token("publish", "users", "user-*");

        assertThat(post(token, "", JSON, KEY.replace("users", region)).statusCode())
                .isEqualTo(status);
    }

    // --- streams ---

    @Test
    void aStreamEndsAtTheFirstLineThatTheCallerMayNotPublish() throws IOException {
        String token = token("publish", "users");

        HttpResponse<String> refused =
                post(token, "", LINES, String.join("\n", KEY, KEY, KEY.replace("users", "orders"), KEY, KEY));

        assertThat(refused.statusCode()).isEqualTo(403);
        JsonObject problem = PublisherHarness.json(refused);
        assertThat(problem.getInteger("line")).isEqualTo(3);
        assertThat(problem.getInteger("invalidations")).isEqualTo(2);
        assertThat(problem.getString("right")).isEqualTo("publish");
        assertThat(problem.getString("region")).isEqualTo("orders");
        assertThat(problem.getString("detail"))
                .startsWith("Line 3: ")
                .endsWith(" The 2 objects before it are done; nothing after it is.");
        assertThat(publisher.log()).hasSize(2).allMatch(done -> done.region().equals("users"));
    }

    @Test
    void aLineNeedsTheRightsOfWhatItNames() throws IOException {
        String token = token("publish force", "users");

        JsonObject broad = PublisherHarness.json(
                post(token, "", LINES, KEY + "\n{\"region\":\"users\",\"tags\":[\"t\"]}\n" + KEY));
        assertThat(broad.getInteger("line")).isEqualTo(2);
        assertThat(broad.getString("right")).isEqualTo("broad");

        JsonObject forced = PublisherHarness.json(post(token("publish", "users"), "?force=true", LINES, KEY));
        assertThat(forced.getInteger("line")).isEqualTo(1);
        assertThat(forced.getString("right")).isEqualTo("force");
        assertThat(publisher.log()).hasSize(1);
    }
}
