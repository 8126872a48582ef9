package dev.freshet.publisher.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.HeldEntry;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.patience.Patient;
import dev.freshet.publisher.PublisherHarness;
import dev.freshet.schema.Selector;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.service.rights.NewToken;
import dev.freshet.service.rights.Right;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.RedisExtension;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The console's port with a real Redis and a real member: what it shows to whom, and what it refuses. */
@SuppressWarnings("NullAway.Init") // before each test
final class ConsoleTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private static final List<HeldEntry> HELD = List.of(new HeldEntry(
            "user:17", "readable", 2_000_000, OptionalLong.empty(), OptionalLong.empty(), List.of("team:7")));

    /** Holds one entry. */
    private static final class Holder implements RegionReader {
        @Override
        public void apply(LoggedRecord record) {}

        @Override
        public void reset(ResetReason reason) {}

        @Override
        public void joined() {}

        @Override
        public long count(List<Selector> selectors) {
            return 1;
        }

        @Override
        public Map<String, String> describe() {
            return Map.of("entries", "1", "serving", "confirmed", "hits", "3", "misses", "1");
        }

        @Override
        public List<HeldEntry> held(List<Selector> selectors, int limit) {
            return HELD;
        }
    }

    @TempDir
    private Path folder;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final int port = LoopbackPorts.free();
    private final List<AutoCloseable> open = new ArrayList<>();
    private PublisherHarness app;

    private void start(String... more) {
        List<String> settings = new ArrayList<>(List.of(
                "redis.uri",
                redis.uri(),
                "redis.connect-timeout",
                "20s",
                "redis.command-timeout",
                "20s",
                "console.port",
                Integer.toString(port)));
        settings.addAll(List.of(more));
        app = PublisherHarness.start(Publisher::connect, settings.toArray(String[]::new));
        open.add(app);
        await().until(app.service()::isReady);
    }

    private void join(String name) {
        Subscriber subscriber =
                Subscriber.connect(Patient.subscriber(redis.uri()).withName(name), Map.of("users", new Holder()));
        open.add(subscriber);
        await().until(subscriber::isCaughtUp);
    }

    @AfterEach
    void stop() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    /** Returns a token with rights, and adds its line to the file. */
    private String token(String name, Set<Right> rights, String region) throws IOException {
        NewToken token = NewToken.make(name, rights, List.of(region));
        Path file = folder.resolve("tokens");
        Files.writeString(file, (Files.exists(file) ? Files.readString(file) : "") + token.line() + "\n");
        return token.token();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String token, String body) throws Exception {
        return send(request(path)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    }

    /** A stream of events as a browser reads it. */
    private final class Events implements AutoCloseable {
        private final InputStream stream;
        private final BufferedReader lines;

        Events(String path, String token) throws Exception {
            HttpResponse<InputStream> response = http.send(
                    request(path).header("Authorization", "Bearer " + token).build(), BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
            stream = response.body();
            lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
        }

        /** Returns the next event of this name. */
        JsonObject next(String name) throws IOException {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("event: " + name)) {
                    return new JsonObject(lines.readLine().substring("data: ".length()));
                }
            }
            throw new AssertionError("the stream ended");
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }

    private static JsonObject only(JsonArray array) {
        assertThat(array).hasSize(1);
        return array.getJsonObject(0);
    }

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

    // ---- rights

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

    // ---- bounds

    @Test
    void moreViewersThanMayAreRefusedAndOneWhoLeavesMakesRoom() throws Exception {
        start("console.maximum-viewers", "2");
        try (Events first = new Events("/v1/events", "any")) {
            try (Events second = new Events("/v1/events", "any")) {
                first.next("state");
                second.next("state");
                HttpResponse<String> third = send(request("/v1/events"));
                assertThat(third.statusCode()).isEqualTo(503);
                assertThat(third.body()).contains("too-many-viewers", "console.maximum-viewers");
                assertThat(app.metric("freshet_console_refused_total{reason=\"too-many\"}"))
                        .isEqualTo(1);
            }
            await().until(() -> app.metric("freshet_console_viewers") == 1);
            try (Events another = new Events("/v1/events", "any")) {
                another.next("state");
            }
        }
    }

    /** Its socket's buffers fill with large records. Until they do, it is as fast as any. */
    @Test
    @Tag("ci")
    void aViewerThatDoesNotReadIsDropped() throws Exception {
        start("console.show-keys", "*");
        String names = IntStream.range(0, 50)
                .mapToObj(i -> '"' + "k".repeat(500) + i + '"')
                .collect(Collectors.joining(","));
        app.postJson("{\"region\":\"users\",\"keys\":[" + names + "]}");
        try (Socket deaf = new Socket(InetAddress.getLoopbackAddress(), port)) {
            deaf.getOutputStream()
                    .write("GET /v1/events?region=users HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            await().until(() -> app.metric("freshet_console_viewers") == 1);
            await().until(() -> {
                app.postJson("{\"region\":\"users\",\"keys\":[" + names + "]}");
                return app.metric("freshet_console_refused_total{reason=\"slow\"}") == 1;
            });
            await().until(() -> app.metric("freshet_console_viewers") == 0);
        }
    }

    @Test
    void whileRedisIsUnavailableTheVerdictSaysSoAndItGoesOn() throws Exception {
        start();
        join("r1");
        try (Events events = new Events("/v1/events", "any")) {
            assertThat(events.next("state").getJsonObject("verdict").getString("level"))
                    .isEqualTo("green");
            redis.server().kill();
            JsonObject verdict = events.next("state").getJsonObject("verdict");
            while (!verdict.getString("level").equals("red")) {
                verdict = events.next("state").getJsonObject("verdict");
            }
            assertThat(verdict.getString("sentence")).contains("Redis cannot be asked");
            assertThat(app.metric("freshet_console_failures_total")).isPositive();
            redis.server().start();
            while (!verdict.getString("level").equals("green")) {
                verdict = events.next("state").getJsonObject("verdict");
            }
        }
    }

    @Test
    void aBrowserHearsThatThePublisherLivesWhileALookTakesLong() throws Exception {
        start();
        redis.server().pause();
        try (Events events = new Events("/v1/events", "any")) {
            for (int beats = 0; beats < 2; beats++) {
                assertThat(events.lines.readLine()).isEqualTo(":");
                assertThat(events.lines.readLine()).isEmpty();
            }
        } finally {
            redis.server().resume();
        }
    }

    @Test
    void aStopEndsTheStreamsAtOnce() throws Exception {
        start("shutdown.timeout", "1m");
        Events events = new Events("/v1/events", "any");
        events.next("state");
        app.close();
        open.remove(app);
        assertThat(events.lines.lines().count()).as("it ends").isGreaterThanOrEqualTo(0);
        events.close();
    }
}
