package dev.freshet.publisher.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.service.rights.Right;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whom the console's port lets do what. */
final class ConsoleRightsTest extends OpenConsole {

    @Test
    void withoutTokensEverybodyMayLookAndNobodyMayPublish() throws Exception {
        start();
        HttpResponse<String> refused = post("/v1/invalidations", "any", "{\"region\":\"users\",\"keys\":[\"a\"]}");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(post("/v1/invalidations?dryRun=true", "any", "{\"region\":\"users\",\"keys\":[\"a\"]}")
                        .statusCode())
                .isNotEqualTo(403);
    }

    @Test
    void aTokenSeesItsRegionsAndPublishesOnlyWithTheRight() throws Exception {
        String operator = token("operator", Right.OF_PUBLISHER, "*");
        String onlooker = token("onlooker", Set.of(Right.READ, Right.MEMBERS), "users");
        String anonymous = token("anonymous", Set.of(Right.READ), "users");
        start("console.tokens-file", folder.resolve("tokens").toString());
        join("r1");
        app.postJson("{\"region\":\"orders\",\"keys\":[\"a\"]}");

        assertThat(send(request("/")).statusCode()).isEqualTo(200);
        assertThat(send(request("/v1/events")).statusCode()).isEqualTo(401);
        assertThat(post("/v1/ask", "unknown", "{}").statusCode()).isEqualTo(401);
        String change = "{\"region\":\"users\",\"keys\":[\"a\"]}";
        HttpResponse<String> refused = post("/v1/invalidations", onlooker, change);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("console.tokens-file");
        assertThat(post("/v1/invalidations", operator, change).statusCode()).isEqualTo(200);
        assertThat(post("/v1/ask", onlooker, "{\"region\":\"orders\",\"keys\":[\"a\"]}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(request("/v1/events?region=orders").header("Authorization", "Bearer " + onlooker))
                        .statusCode())
                .isEqualTo(403);

        try (Events all = new Events("/v1/events", operator);
                Events some = new Events("/v1/events", onlooker);
                Events few = new Events("/v1/events", anonymous)) {
            assertThat(all.next("state").getJsonArray("regions")).hasSize(2);
            JsonObject seen = some.next("state");
            assertThat(only(seen.getJsonArray("regions")).getString("name")).isEqualTo("users");
            assertThat(seen.getJsonObject("region").getJsonArray("subscribers")).hasSize(1);
            JsonObject counted = few.next("state");
            assertThat(counted.getJsonObject("region").getValue("subscribers")).isNull();
        }
        assertThat(post("/v1/ask", anonymous, change).statusCode()).isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:%d, same-origin, 200",
        "http://127.0.0.1:1, same-site, 403",
        "http://evil.example, cross-site, 403",
        "null, cross-site, 403"
    })
    void onlyItsOwnPageMaySend(String origin, String site, int status) throws Exception {
        start();
        join("r1");
        HttpResponse<String> answer = send(request("/v1/ask")
                .header("Origin", origin.formatted(port))
                .header("Sec-Fetch-Site", site)
                .POST(BodyPublishers.ofString("{\"region\":\"users\",\"keys\":[\"a\"]}")));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    }
}
