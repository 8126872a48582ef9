package dev.freshet.publisher.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.service.hostile.RawConnection;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the console's port shows. */
final class ConsoleTest extends OpenConsole {

    // ---- the page

    @ParameterizedTest
    @CsvSource({
        "/, text/html",
        "/main.js, text/javascript",
        "/style.css, text/css",
        "/vendor/uPlot.iife.min.js, text/javascript",
        "/vendor/uPlot.LICENSE.txt, text/plain",
        "/icon.svg, image/svg+xml"
    })
    void thePagesFilesComeWithAPolicyAndAreAskedForOnce(String path, String type) throws Exception {
        start();
        HttpResponse<String> first = send(request(path));
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(first.headers().firstValue("Content-Type").orElse("")).startsWith(type);
        assertThat(first.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(first.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(first.headers().firstValue("Cache-Control")).hasValue("no-cache");
        String etag = first.headers().firstValue("ETag").orElseThrow();

        HttpResponse<String> again = send(request(path).header("If-None-Match", "\"other\", W/" + etag));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(send(request(path).method("HEAD", BodyPublishers.noBody())).statusCode())
                .isEqualTo(200);
        assertThat(send(request(path).POST(BodyPublishers.noBody())).statusCode())
                .isEqualTo(405);
    }

    @Test
    void thePageHoldsNoScriptsOfItsOwnAndAsksNobodyElse() throws Exception {
        start();
        String page = send(request("/")).body();
        assertThat(page).doesNotContain("<style", "style=", "http://", "https://", "onclick", "onload");
        assertThat(page).doesNotContainPattern("<script(?![^>]* src=)");
        for (String script :
                new String[] {"main", "stream", "text", "charts", "river", "regions", "tail", "ask", "sources"}) {
            HttpResponse<String> file = send(request("/" + script + ".js"));
            assertThat(file.statusCode()).as(script).isEqualTo(200);
            assertThat(file.body()).doesNotContain("innerHTML", "insertAdjacentHTML", "document.write", "eval(");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/nothing", "/../publisher.yaml", "/vendor/", "/console/main.js", "/v1/regions", "/metrics"})
    void thereIsNothingElse(String path) throws Exception {
        start();
        assertThat(send(request(path)).statusCode()).isEqualTo(404);
    }

    // ---- what it shows

    @Test
    void aViewerHearsOfRegionsMembersAndRecords() throws Exception {
        start("console.show-keys", "users");
        join("r1");
        app.postJson("{\"region\":\"users\",\"keys\":[\"user:before\"]}");
        try (Events events = new Events("/v1/events?region=users", "any")) {
            JsonObject past = events.next("records");
            assertThat(past.getBoolean("isPast")).isTrue();
            assertThat(only(past.getJsonArray("records")).toString()).contains("user:before");

            app.postJson("{\"region\":\"users\",\"keys\":[\"user:after\"]}");
            JsonObject fresh = events.next("records");
            assertThat(fresh.getBoolean("isPast")).isFalse();
            assertThat(fresh.getInteger("total")).isEqualTo(1);
            assertThat(only(fresh.getJsonArray("records")).toString()).contains("user:after");

            JsonObject state = events.next("state");
            while (state.getJsonObject("region").getJsonArray("points").isEmpty()) {
                state = events.next("state"); // until the members have answered
            }
            assertThat(only(state.getJsonArray("regions")).getString("name")).isEqualTo("users");
            assertThat(only(state.getJsonArray("regions")).getInteger("entries"))
                    .isEqualTo(1);
            JsonObject member = only(state.getJsonObject("region").getJsonArray("subscribers"));
            assertThat(member.getString("name")).isEqualTo("r1");
            assertThat(member.getString("serving")).isEqualTo("confirmed");
            assertThat(member.getLong("lag")).isZero();
            assertThat(state.getJsonObject("verdict").getString("sentence")).startsWith("1 of 1 replicas confirmed");
            assertThat(state.getJsonObject("region").getBoolean("mayPublish")).isFalse();
            assertThat(app.metric("freshet_console_viewers")).isEqualTo(1);
        }
        await().until(() -> app.metric("freshet_console_viewers") == 0);
    }

    @Test
    void manyRecordsAreSampledAndCounted() throws Exception {
        start("console.show-keys", "*");
        app.postJson("{\"region\":\"users\",\"keys\":[\"first\"]}");
        try (Events events = new Events("/v1/events?region=users", "any")) {
            events.next("records");
            int sent = 0;
            long heard = 0;
            long shown = 0;
            boolean isSampled = false;
            while (!isSampled) {
                for (int i = 0; i < 60; i++) { // each its own record, since each waits for its answer
                    app.postJson("{\"region\":\"users\",\"keys\":[\"k" + sent++ + "\"]}");
                }
                while (heard < sent) {
                    JsonObject records = events.next("records");
                    heard += records.getLong("total");
                    shown += records.getJsonArray("records").size();
                    assertThat(records.getJsonArray("records").size()).isLessThanOrEqualTo(LogTail.SHOWN);
                }
                assertThat(heard).isEqualTo(sent);
                isSampled = shown < heard;
            }
        }
    }

    @Test
    void namesAreHashesUnlessTheRegionShowsThem() throws Exception {
        start("console.show-keys", "orders,product-*");
        join("r1");
        app.postJson("{\"region\":\"users\",\"keys\":[\"user:secret\"],\"tags\":[\"team:secret\"]}");
        try (Events events = new Events("/v1/events?region=users", "any")) {
            String record = events.next("records").toString();
            assertThat(record).doesNotContain("secret").containsPattern("\"#[0-9a-f]{10}\"");
        }
        String answer = post("/v1/ask", "any", "{\"region\":\"users\",\"keys\":[\"user:17\"]}")
                .body();
        assertThat(answer).doesNotContain("team:7", "user:17").contains("readable");
    }

    @Test
    void aRecordSaysWhenEachMemberAppliedIt() throws Exception {
        start("console.show-keys", "*");
        join("r1");
        join("r2");
        String position = new JsonObject(
                        app.postJson("{\"region\":\"users\",\"keys\":[\"a\"]}").body())
                .getJsonObject("positions")
                .getString("users");
        await().untilAsserted(() -> {
            JsonObject answer = new JsonObject(send(request("/v1/record?region=users&position=" + position))
                    .body());
            assertThat(answer.getJsonObject("record").getString("position")).isEqualTo(position);
            JsonArray members = answer.getJsonArray("members");
            assertThat(members).hasSize(2);
            assertThat(members.getJsonObject(0).getString("name")).isEqualTo("r1");
            assertThat(members.getJsonObject(0).getLong("appliedAt")).isPositive();
            assertThat(members.getJsonObject(1).getLong("appliedAt")).isPositive();
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "?region=users",
                "?region=Users&position=0000000000000001-1",
                "?region=users&position=x",
                "?%"
            })
    void aRecordThatIsNotNamedWellIsRefused(String query) throws Exception {
        start();
        try (RawConnection raw = RawConnection.to(port, 20_000)) {
            assertThat(raw.send("GET /v1/record" + query + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(400);
        }
    }

    // ---- questions

    @Test
    void askTellsWhoHoldsWhat() throws Exception {
        start("console.show-keys", "*", "broad.maximum-entries", "5");
        join("r1");
        JsonObject answer = new JsonObject(post("/v1/ask", "any", "{\"region\":\"users\",\"tags\":[\"team:7\"]}")
                .body());
        JsonObject member = only(answer.getJsonArray("members"));
        assertThat(member.getString("name")).isEqualTo("r1");
        assertThat(member.getLong("readable")).isEqualTo(1);
        JsonObject entry = only(member.getJsonArray("entries"));
        assertThat(entry.getString("key")).isEqualTo("user:17");
        assertThat(entry.getDouble("age")).isEqualTo(2.0);
        assertThat(entry.getJsonArray("tags")).containsExactly("team:7");
        assertThat(answer.getBoolean("isBroad")).isTrue();
        assertThat(answer.getLong("broadMaximumEntries")).isEqualTo(5);
        assertThat(answer.getJsonArray("silent")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{\"region\":\"users\"}",
                "{\"region\":\"users\",\"keys\":[\"\"]}",
                "{\"region\":\"U\",\"all\":true}"
            })
    void whatIsNoQuestionIsRefusedByField(String body) throws Exception {
        start();
        HttpResponse<String> answer = post("/v1/ask", "any", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).contains("\"faults\"");
        assertThat(post("/v1/ask", "any", " ".repeat(100_000)).statusCode()).isEqualTo(413);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"table":"products","row":{"id":7}} | no rule names table products
            {"table":"products"}                | must be given
            {"table":7,"row":{}}                | name of a table
            {"table":"a.b.c","row":{}}          | schema.table
            {"table":"t","row":7}               | JSON object of columns
            nonsense                            | JSON object
            """)
    void aRowThatCannotBeExplainedIsRefusedWithTheReason(String body, String why) throws Exception {
        start();
        HttpResponse<String> answer = post("/v1/explain", "any", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).contains(why);
    }
}
