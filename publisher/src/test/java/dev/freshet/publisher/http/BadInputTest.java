package dev.freshet.publisher.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherHarness;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A wrong request is answered with a problem that names every fault, and nothing is published. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputTest {

    private final FakePublisher publisher = new FakePublisher();
    private final PublisherHarness app = PublisherHarness.start(publisher, "http.maximum-body", "4kB");

    @AfterAll
    void stop() {
        app.close();
    }

    @AfterEach
    void nothingIsPublished() {
        assertThat(publisher.log()).isEmpty();
    }

    static List<List<String>> badObjects() {
        String key513 = "k".repeat(513);
        String euros = "€".repeat(171);
        return List.of(
                // Each list: the body, then each fault as "field fault".
                List.of("", "body must be a JSON object"),
                List.of("[]", "body must be a JSON object"),
                List.of("7", "body must be a JSON object"),
                List.of("{", "body must be well-formed JSON; reading stopped at byte 1"),
                List.of(
                        "{}",
                        "region must be given",
                        "keys must be given, or tags, prefixes or \"all\": true; a change names what to evict"),
                List.of(
                        "{'region':'users'}",
                        "keys must be given, or tags, prefixes or \"all\": true; a change names what to evict"),
                List.of(
                        "{'region':'users','all':false}",
                        "keys must be given, or tags, prefixes or \"all\": true; a change names what to evict"),
                List.of("{'region':'users','keys':[]}", "keys must not be empty"),
                List.of("{'region':'users','keys':['a'],'tags':[]}", "tags must not be empty"),
                List.of("{'region':'users','keys':'a'}", "keys must be a list of texts, not a text"),
                List.of("{'region':'users','keys':null}", "keys must be a list of texts, not null"),
                List.of(
                        "{'region':'users','keys':['a',1,null,{'b':[]},['c'],'d']}",
                        "keys[1] must be a text, not a number",
                        "keys[2] must be a text, not null",
                        "keys[3] must be a text, not an object",
                        "keys[4] must be a text, not a list"),
                List.of("{'region':'users','keys':['a','']}", "keys[1] must not be empty"),
                List.of(
                        "{'region':'users','prefixes':['']}",
                        "prefixes[0] must not be empty; to evict the whole region, send \"all\": true"),
                List.of(
                        "{'region':'users','keys':['a','" + key513 + "']}",
                        "keys[1] must be at most 512 bytes of UTF-8, not 513"),
                List.of(
                        "{'region':'users','tags':['" + euros + "']}",
                        "tags[0] must be at most 512 bytes of UTF-8, not 513"),
                List.of(
                        "{'region':'users','keys':['\\ud800']}",
                        "keys[0] must be well-formed UTF-8, but holds an unpaired surrogate"),
                List.of("{'region':7,'keys':['a']}", "region must be a text, not a number"),
                List.of("{'region':'','keys':['a']}", "region must match [a-z0-9][a-z0-9._-]{0,63}, not \"\""),
                List.of(
                        "{'region':'Users','keys':['a']}",
                        "region must match [a-z0-9][a-z0-9._-]{0,63}, not \"Users\""),
                List.of("{'region':'users','all':'yes'}", "all must be true or false, not a text"),
                List.of(
                        "{'region':'users','keys':['a'],'changedAt':'yesterday'}",
                        "changedAt must be a time like \"2026-01-01T00:00:00.000001Z\", not \"yesterday\""),
                List.of(
                        "{'region':'users','keys':['a'],'changedAt':1767225600}",
                        "changedAt must be a time like \"2026-01-01T00:00:00.000001Z\", not a number"),
                List.of(
                        "{'region':'users','keys':['a'],'changedAt':'+99999-01-01T00:00:00Z'}",
                        "changedAt must be from 1970 to 9999, not \"+99999-01-01T00:00:00Z\""),
                List.of("{'region':'users','keys':['a'],'version':1.5}", "version must be a whole number, not 1.5"),
                List.of("{'region':'users','keys':['a'],'version':'1'}", "version must be a whole number, not a text"),
                List.of(
                        "{'region':'users','keys':['a'],'version':-1}",
                        "version must be 0 to 9223372036854775807, not -1"),
                List.of(
                        "{'region':'users','keys':['a'],'version':9223372036854775808}",
                        "version must be 0 to 9223372036854775807, not 9223372036854775808"),
                List.of("{'region':'users','tags':['a'],'version':1}", "version must be given with keys only"),
                List.of(
                        "{'region':'users','keys':['a'],'all':true,'version':1}",
                        "version must be given with keys only"),
                List.of("{'region':'users','keys':['a'],'traceparent':7}", "traceparent must be a text, not a number"),
                List.of(
                        "{'region':'users','keys':['a'],'traceparent':{'a':1}}",
                        "traceparent must be a text, not an object"),
                List.of(
                        "{'region':'users','keys':['a'],'traceparent':'x','traceparent':'y'}",
                        "traceparent must be given once, but is repeated"),
                List.of(
                        "{'region':'users','keys':['a'],'kyes':['b'],'key':{'c':1}}",
                        "kyes is not a field; the fields are: region, keys, tags, prefixes, all, changedAt, version, traceparent",
                        "key is not a field; the fields are: region, keys, tags, prefixes, all, changedAt, version, traceparent"),
                List.of(
                        "{'region':'users','region':'orders','keys':['a'],'keys':['b']}",
                        "region must be given once, but is repeated",
                        "keys must be given once, but is repeated"),
                List.of("{'region':'users','keys':['a']} {}", "body must be one JSON object, with nothing after it"),
                List.of(
                        "{'region':'Users','keys':['',2],'all':1,'more':0}",
                        "region must match [a-z0-9][a-z0-9._-]{0,63}, not \"Users\"",
                        "keys[0] must not be empty",
                        "keys[1] must be a text, not a number",
                        "all must be true or false, not a number",
                        "more is not a field; the fields are: region, keys, tags, prefixes, all, changedAt, version, traceparent"));
    }

    @ParameterizedTest
    @MethodSource("badObjects")
    void everyFaultOfAnObjectIsNamed(List<String> bodyAndFaults) {
        HttpResponse<String> response = app.postJson(bodyAndFaults.get(0).replace('\'', '"'));

        assertProblem(response, 400, "invalid-request");
        assertThat(faultsOf(response)).containsExactlyElementsOf(bodyAndFaults.subList(1, bodyAndFaults.size()));
    }

    @Test
    void bytesThatAreNotUtf8AreNamedWhereTheyStand() {
        for (byte[] bad : List.of(
                new byte[] {(byte) 0xff},
                new byte[] {(byte) 0xc3, 0x28},
                new byte[] {(byte) 0xc0, (byte) 0x80},
                new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80})) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.writeBytes("{\"region\":\"users\",\"keys\":[\"a\",\"b".getBytes(UTF_8));
            body.writeBytes(bad);
            body.writeBytes("\"]}".getBytes(UTF_8));

            HttpResponse<String> response = app.post("", "application/json", body.toByteArray());

            assertProblem(response, 400, "invalid-request");
            assertThat(faultsOf(response)).hasSize(1);
            assertThat(faultsOf(response).get(0)).matches("(keys\\[1]|body) must be well-formed UTF-8.*");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "await=yes             | await must be \"applied\", not \"yes\"",
                "await=applied&timeout=soon | timeout must be a duration like 500ms, 2s, 10m or PT0.5S, not \"soon\"",
                "await=applied&timeout=0s   | timeout must be more than 0s and at most 30s (await.maximum-timeout), not \"0s\"",
                "await=applied&timeout=31s  | timeout must be more than 0s and at most 30s (await.maximum-timeout), not \"31s\"",
                "await=applied&timeout=-PT1S | timeout must be a duration like 500ms, 2s, 10m or PT0.5S, not \"-PT1S\"",
                "timeout=1s            | timeout must be given only with await=applied or dryRun=true",
                "dryRun=maybe          | dryRun must be true or false, not \"maybe\"",
                "dryRun=true&await=applied | await must not be given with dryRun=true: a dry run publishes nothing",
                "force=maybe           | force must be true or false, not \"maybe\"",
                "force=true&dryRun=true | force must not be given with dryRun=true: a dry run publishes nothing",
                "awiat=applied         | awiat is not a parameter; the parameters are: await, timeout, dryRun, force",
            })
    void everyFaultOfTheQueryIsNamed(String query, String fault) {
        HttpResponse<String> response =
                app.post("?" + query, "application/json", "{\"region\":\"users\",\"all\":true}".getBytes(UTF_8));

        assertProblem(response, 400, "invalid-request");
        assertThat(faultsOf(response)).containsExactly(fault);
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin1",
        "application/jsonl"
    })
    void otherContentTypesAreRefused(String contentType) {
        HttpResponse<String> response =
                app.post("", contentType, "{\"region\":\"users\",\"all\":true}".getBytes(UTF_8));

        assertProblem(response, 415, "unsupported-type");
        assertThat(PublisherHarness.json(response).getString("detail"))
                .contains("Content-Type \"" + contentType + "\"");
    }

    @Test
    void aCompressedBodyIsRefused() {
        HttpResponse<String> response = app.send(HttpRequest.newBuilder(app.uri("/v1/invalidations"))
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofString("{\"region\":\"users\",\"all\":true}"))
                .build());

        assertProblem(response, 415, "unsupported-type");
        assertThat(PublisherHarness.json(response).getString("detail")).contains("Content-Encoding \"gzip\"");
    }

    @Test
    void aBodyOverTheLimitIsRefusedHoweverLargeItIs() {
        for (int bytes : List.of(4001, 100_000, 5_000_000)) {
            HttpResponse<String> response =
                    app.post("", "application/json", "x".repeat(bytes).getBytes(UTF_8));

            assertProblem(response, 413, "too-large");
            assertThat(PublisherHarness.json(response).getString("detail")).contains("4000 bytes (http.maximum-body)");
        }
        assertThat(app.metric("freshet_publisher_refused_total{reason=\"too-large\"}"))
                .isEqualTo(3);
    }

    @Test
    void otherMethodsAndPathsAreRefused() {
        for (String path : List.of("/v1/regions", "/v1/regions/users")) {
            HttpResponse<String> response =
                    app.send(HttpRequest.newBuilder(app.uri(path)).DELETE().build());
            assertProblem(response, 405, "method-not-allowed");
            assertThat(response.headers().firstValue("Allow")).contains("GET");
            assertThat(PublisherHarness.json(response).getString("detail"))
                    .isEqualTo("This path takes GET, not DELETE.");
        }
        HttpResponse<String> get = app.get("/v1/invalidations");
        assertProblem(get, 405, "method-not-allowed");
        assertThat(get.headers().firstValue("Allow")).contains("POST");

        assertProblem(app.get("/v1/"), 404, "no-such-path");
        assertProblem(app.get("/metrics"), 404, "no-such-path");
        assertProblem(app.get("/v1/regions/Users"), 400, "invalid-request");
    }

    private static void assertProblem(HttpResponse<String> response, int status, String type) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonObject problem = PublisherHarness.json(response);
        assertThat(problem.getString("type")).isEqualTo("urn:problem-type:freshet:" + type);
        assertThat(problem.getInteger("status")).isEqualTo(status);
        assertThat(problem.getString("title")).isNotEmpty();
        assertThat(problem.getString("detail")).isNotEmpty();
    }

    private static List<String> faultsOf(HttpResponse<String> response) {
        return PublisherHarness.json(response).getJsonArray("faults").stream()
                .map(JsonObject.class::cast)
                .map(fault -> fault.getString("field") + " " + fault.getString("fault"))
                .toList();
    }
}
