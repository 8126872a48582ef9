package dev.freshet.subscriber.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.ResetReason;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.service.http.RequestMemory;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.subscriber.region.StoredValue;
import dev.freshet.testkit.Background;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Several entries in one request, and the end of leases. */
final class BatchTest extends EntriesServerBench {

    private static final String BATCH_GET = "/v1/regions/users/entries:batchGet";
    private static final String RELEASE = "/v1/regions/users/entries:release";

    private Answer post(String path, String json, String... headers) {
        String[] all = new String[headers.length + 2];
        all[0] = "Content-Type";
        all[1] = "application/json";
        System.arraycopy(headers, 0, all, 2, headers.length);
        return http.send("POST", path, json.getBytes(StandardCharsets.UTF_8), all);
    }

    private List<JsonObject> entries(Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return json(answer).getJsonArray("entries").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private List<JsonObject> batch(String region, List<String> keys, String... headers) {
        return entries(post(
                "/v1/regions/" + region + "/entries:batchGet",
                new JsonObject().put("keys", new JsonArray(keys)).encode(),
                headers));
    }

    // ---- What is answered

    @Test
    void aBatchHasHitsAndMissesWithLeasesInTheOrderOfItsKeys() {
        fill("users", "user:1", "{\"name\":\"Ada\"}", "Content-Type", "application/json");
        clock.advance(Duration.ofMillis(1_750));
        Answer answer = post(BATCH_GET, "{\"keys\":[\"user:2\",\"user:1\",\"user:2\"]}");
        List<JsonObject> entries = entries(answer);

        assertThat(entries).hasSize(2);
        assertThat(entries.get(0).fieldNames()).containsExactly("key", "lease");
        assertThat(entries.get(0).getString("key")).isEqualTo("user:2");
        assertThat(entries.get(1))
                .isEqualTo(new JsonObject()
                        .put("key", "user:1")
                        .put("value", "{\"name\":\"Ada\"}")
                        .put("contentType", "application/json")
                        .put("ageSeconds", 1));
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.header("Freshet-State")).isEqualTo("confirmed");
        assertThat(answer.header("Freshet-Confirmed-Age")).isEqualTo("1.750");
        store("users", "user:2", "Bob", "Lease", entries.get(0).getString("lease"));
    }

    @Test
    void fiftyKeysTakeOneRequest() {
        List<String> keys = IntStream.range(0, 50).mapToObj(i -> "user:" + i).toList();
        batch("users", keys)
                .forEach(miss -> store("users", miss.getString("key"), "v", "Lease", miss.getString("lease")));
        assertThat(batch("users", keys)).hasSize(50).allSatisfy(hit -> assertThat(hit.getString("value"))
                .isEqualTo("v"));
    }

    @Test
    void oneRequestTakesAThousandKeysOfTheMaximumLengthWhoseCharactersAreEscaped() {
        String keys = IntStream.range(0, 1000)
                .mapToObj(
                        i -> "\"" + i + "\\u0061".repeat(512 - String.valueOf(i).length()) + "\"")
                .collect(Collectors.joining(","));
        assertThat(entries(post(BATCH_GET, "{\"keys\":[" + keys + "]}"))).hasSize(1000);
    }

    @Test
    void anyKeyAndAnyBytesComeBackAsTheyWere() {
        byte[] binary = new byte[256];
        for (int i = 0; i < binary.length; i++) {
            binary[i] = (byte) i;
        }
        List<byte[]> values = List.of(
                binary,
                new byte[0],
                "\"\\\u0000\u001f\n \u00e4\u20ac\ud83d\ude00".getBytes(StandardCharsets.UTF_8),
                "\ufffd".getBytes(StandardCharsets.UTF_8),
                new byte[] {(byte) 0xc3});
        for (String key : List.of("a/b", "..", "\u0000", "\"", "\u00e4\ud83d\ude00", "%2F", "?")) {
            for (byte[] value : values) {
                cache().put(key, new StoredValue(Buffer.buffer(value), "x/y"), StoreOptions.none());
                JsonObject hit = batch("users", List.of(key)).get(0);
                assertThat(hit.getString("key")).isEqualTo(key);
                String text = hit.getString("value");
                assertThat(
                                text == null
                                        ? Base64.getDecoder().decode(hit.getString("valueBase64"))
                                        : text.getBytes(StandardCharsets.UTF_8))
                        .isEqualTo(value);
            }
        }
    }

    @Test
    void aStoreUnderALeaseOfABatchIsRefusedIfItWasOvertaken() {
        String lease = batch("users", List.of("user:1")).get(0).getString("lease");
        apply(Selector.keys("user:1"));
        assertRefused(put("user:1", "Lease", lease), "invalidated");
    }

    @Test
    void anAbsenceIsNeitherAValueNorALease() {
        String lease = batch("users", List.of("user:1")).get(0).getString("lease");
        assertThat(http.put(USERS + "user:1", "", "Lease", lease, "Freshet-Absent", "true")
                        .status())
                .isEqualTo(204);
        assertThat(batch("users", List.of("user:1")))
                .containsExactly(new JsonObject()
                        .put("key", "user:1")
                        .put("absent", true)
                        .put("ageSeconds", 0));
    }

    @Test
    void theHeadersOfAReadHoldForEachKey() {
        fill("users", "user:1", "v");
        JsonObject fresh =
                batch("users", List.of("user:1"), "Cache-Control", "no-cache").get(0);
        assertThat(fresh.fieldNames()).containsExactly("key", "lease");
        store("users", "user:1", "w", "Lease", fresh.getString("lease"));

        users.position = new Position(EPOCH, 7);
        assertThat(entries(
                        post(BATCH_GET, "{\"keys\":[\"user:1\"]}", "Min-Position", new Position(EPOCH, 7).toString())))
                .hasSize(1);
        assertProblem(
                post(BATCH_GET, "{\"keys\":[\"user:1\"]}", "Min-Position", new Position(EPOCH, 8).toString()),
                503,
                "position-not-reached");
        assertFaults(
                post(BATCH_GET, "{\"keys\":[\"user:1\"]}", "Min-Position", "x", "Cache-Control", "stale-if-error=x"),
                "Cache-Control",
                "Min-Position");
    }

    @Test
    void aHitThatGrowsOldHasALeaseAndAStaleOneSaysForHowLong() {
        fill("safe", "user:1", "v");
        clock.advance(Duration.ofSeconds(61));
        assertThat(batch("safe", List.of("user:1")).get(0).fieldNames())
                .contains("value", "lease")
                .doesNotContain("state");
        Objects.requireNonNull(subscriptions.get("safe"))
                .confirmation()
                .confirm(time.nanoTime(), time.wallMicros(), time.wallMicros());
        cache("safe").invalidate("user:1");
        clock.advance(Duration.ofSeconds(2));
        assertThat(batch("safe", List.of("user:1")).get(0).fieldNames()).containsExactly("key", "lease");
        JsonObject stale = batch("safe", List.of("user:1"), "Cache-Control", "stale-if-error=30")
                .get(0);
        assertThat(stale.getString("value")).isEqualTo("v");
        assertThat(stale.getString("state")).isEqualTo("stale");
        assertThat(stale.getDouble("staleForSeconds")).isEqualTo(2.0);
    }

    @Test
    void aBypassedRegionAnswersMisses() {
        fill("careful", "user:1", "v");
        clock.advance(Duration.ofSeconds(30));
        Answer answer = post("/v1/regions/careful/entries:batchGet", "{\"keys\":[\"user:1\"]}");
        assertThat(answer.header("Freshet-State")).isEqualTo("bypassed");
        assertThat(entries(answer).get(0).fieldNames()).containsExactly("key", "lease");
    }

    @Test
    void whatHasNoRoomIsOmittedAndCanBeReadAlone() {
        byte[] large = new byte[BatchAnswer.MAX_VALUE_BYTES / 2];
        List<String> keys = List.of("a", "b", "c", "d");
        keys.subList(0, 3)
                .forEach(key -> cache().put(key, new StoredValue(Buffer.buffer(large), "x/y"), StoreOptions.none()));
        fill("users", "d", "v");
        List<JsonObject> entries = batch("users", keys);
        assertThat(entries.get(1).getString("value")).hasSize(large.length);
        assertThat(entries.get(2).fieldNames()).containsExactly("key", "omitted", "ageSeconds");
        assertThat(entries.get(3).fieldNames()).contains("omitted");
        assertThat(server.omittedValues()).isEqualTo(2);
        assertThat(http.get(USERS + "c").body()).hasSize(large.length);
        assertThat(batch("users", List.of("d")).get(0).getString("value")).isEqualTo("v");
    }

    @Test
    void whatIsNoStringInRedisIsOmitted() {
        cache().put("a", new StoredValue(Buffer.buffer("x"), StoredValue.ANSWERS), StoreOptions.none());
        assertThat(batch("users", List.of("a")).get(0).fieldNames()).containsExactly("key", "omitted", "ageSeconds");
    }

    @Test
    void answersTogetherHoldABoundedNumberOfBytes() {
        RequestMemory memory = new RequestMemory(10, 10);
        RequestMemory.Share ofFirst = memory.open();
        RequestMemory.Share ofSecond = memory.open();
        BatchAnswer first = new BatchAnswer(ofFirst);
        first.add("a", hit("1234567"));
        BatchAnswer second = new BatchAnswer(ofSecond);
        second.add("a", hit("1234567"));
        second.add("b", hit("123"));
        assertThat(first.omittedValues()).isZero();
        assertThat(second.omittedValues()).isEqualTo(1);
        assertThat(second.end().toString()).contains("\"omitted\":true", "\"123\"");
        assertThat(memory.heldBytes()).isEqualTo(10);
        ofFirst.close();
        ofSecond.close();
        assertThat(memory.heldBytes()).isZero();
    }

    @Test
    void anAnswerThatIsSentHoldsNoBytes() {
        byte[] large = new byte[BatchAnswer.MAX_VALUE_BYTES];
        cache().put("a", new StoredValue(Buffer.buffer(large), "x/y"), StoreOptions.none());
        long answersAtATime = Runtime.getRuntime().maxMemory() / BatchHandler.HEAP_SHARE / large.length + 1;
        for (int i = 0; i <= answersAtATime; i++) {
            assertThat(batch("users", List.of("a")).get(0).fieldNames()).contains("value");
        }
    }

    private Lookup<StoredValue> hit(String value) {
        cache().put("k", new StoredValue(Buffer.buffer(value), "x/y"), StoreOptions.none());
        return cache().lookup("k");
    }

    // ---- Release

    @Test
    void whoWaitsIsGivenTheLeaseThatIsReleased() throws Exception {
        String lease = http.get(USERS + "user:1").required("Lease");
        CompletableFuture<Answer> waiting = Background.call(() -> http.get(USERS + "user:1", "Prefer", "wait=10"));
        Awaitility.await().until(() -> cache().stats().loadWaiters() == 1);

        String body = "{\"leases\":[{\"key\":\"user:1\",\"lease\":\"" + lease + "\"}]}";
        assertThat(json(post(RELEASE, body)).getInteger("released")).isEqualTo(1);
        Answer next = waiting.get(60, TimeUnit.SECONDS);
        assertThat(next.status()).isEqualTo(404);
        store("users", "user:1", "v", "Lease", next.required("Lease"));
        assertRefused(put("user:1", "Lease", lease), "used");
        assertThat(json(post(RELEASE, body)).getInteger("released")).isZero();
    }

    @Test
    void onlyLeasesThatAreGoodAreReleased() {
        String good = http.get(USERS + "a").required("Lease");
        String ofAnother = http.get(USERS + "b").required("Lease");
        String reset = http.get(USERS + "c").required("Lease");
        String overtaken = http.get(USERS + "d").required("Lease");
        apply(Selector.keys("d"));
        JsonArray leases = new JsonArray();
        List.of(List.of("a", good), List.of("x", ofAnother), List.of("d", overtaken), List.of("e", "no lease"))
                .forEach(pair ->
                        leases.add(new JsonObject().put("key", pair.get(0)).put("lease", pair.get(1))));
        Answer answer = post(RELEASE, new JsonObject().put("leases", leases).encode());
        assertThat(json(answer)).isEqualTo(new JsonObject().put("released", 1));
        store("users", "b", "v", "Lease", ofAnother);
        cache().reset(ResetReason.EPOCH);
        assertRefused(put("c", "Lease", reset), "reset");
    }

    // ---- Bad input

    @Test
    void eachFaultOfABatchIsNamed() {
        assertFaults(post(BATCH_GET, "{}"), "keys");
        assertFaults(post(BATCH_GET, "{\"keys\":[]}"), "keys");
        assertFaults(post(BATCH_GET, "{\"keys\":\"user:1\"}"), "keys");
        assertFaults(post(BATCH_GET, "{\"keys\":null,\"tags\":[{}]}"), "keys", "tags");
        assertFaults(post(BATCH_GET, "{\"keys\":[\"a\"],\"keys\":[\"b\"]}"), "keys");
        assertFaults(
                post(
                        BATCH_GET,
                        "{\"keys\":[\"\",1,null,[\"a\"],{\"a\":1},\"" + "k".repeat(513) + "\",\"\\ud800\",\"a\"]}"),
                "keys[0]",
                "keys[1]",
                "keys[2]",
                "keys[3]",
                "keys[4]",
                "keys[5]",
                "keys[6]");
        assertFaults(post(BATCH_GET, "[\"a\"]"), "body");
        assertFaults(post(BATCH_GET, ""), "body");
        assertFaults(post(BATCH_GET, "{\"keys\":[\"a\"]} {}"), "body");
        assertFaults(post(BATCH_GET, "{\"keys\":[\"a\""), "keys[1]");
        assertFaults(post(BATCH_GET, "{\"keys\":" + "[".repeat(17) + "]".repeat(17) + "}"), "keys[0]", "keys[0]");
        assertFaults(post(BATCH_GET, "{\"keys\":[" + "9".repeat(200) + "]}"), "keys[0]");
        assertFaults(
                http.send("POST", BATCH_GET, new byte[] {(byte) 0xff}, "Content-Type", "application/json"), "body");
        assertFaults(post(BATCH_GET + "?keys=a", "{\"keys\":[\"a\"]}"), "query");
        List<String> tooMany = IntStream.range(0, 1001).mapToObj(i -> "k" + i).toList();
        Answer refused = post(
                BATCH_GET, new JsonObject().put("keys", new JsonArray(tooMany)).encode());
        assertFaults(refused, "keys");
        assertThat(json(refused).getString("detail"))
                .isEqualTo("keys must have at most 1000 items, not 1001; send several requests");
        assertThat(cache().stats().leases()).isZero();
    }

    @Test
    void eachFaultOfAReleaseIsNamed() {
        assertFaults(post(RELEASE, "{\"leases\":[]}"), "leases");
        assertFaults(post(RELEASE, "{\"leases\":[\"AVQ0\"]}"), "leases[0]");
        assertFaults(
                post(
                        RELEASE,
                        "{\"leases\":[{\"key\":\"a\"},{\"lease\":\"x\",\"key\":\"\"},{\"key\":1,\"lease\":\"\",\"more\":0}]}"),
                "leases[0].lease",
                "leases[1].key",
                "leases[2].key",
                "leases[2].lease",
                "leases[2].more");
        assertFaults(
                post(RELEASE, "{\"leases\":[{\"key\":\"a\",\"lease\":\"" + "x".repeat(513) + "\"}]}"),
                "leases[0].lease");
    }

    @Test
    void otherTypesMethodsAndPathsAreRefused() {
        byte[] body = "{\"keys\":[\"a\"]}".getBytes(StandardCharsets.UTF_8);
        assertProblem(http.send("POST", BATCH_GET, body), 415, "unsupported-type");
        assertProblem(http.send("POST", BATCH_GET, body, "Content-Type", "text/plain"), 415, "unsupported-type");
        assertProblem(post(BATCH_GET, "{}", "Content-Encoding", "gzip"), 415, "unsupported-type");
        assertProblem(post(BATCH_GET, " ".repeat(JsonBody.MAX_BYTES + 1)), 413, "too-large");
        assertThat(http.get(BATCH_GET).status()).isEqualTo(405);
        assertThat(http.get(RELEASE).required("Allow")).isEqualTo("POST");
        assertProblem(post("/v1/regions/nobody/entries:batchGet", "{\"keys\":[\"a\"]}"), 404, "unknown-region");
        for (String path : List.of("entries:batchget", "entries:batchGet/", "entries", "entries:", "x:batchGet")) {
            assertProblem(post("/v1/regions/users/" + path, "{\"keys\":[\"a\"]}"), 404, "no-such-path");
        }
        assertThat(post("/v1/regions/users/entries%3abatchGet", "{\"keys\":[\"a\"]}")
                        .status())
                .isEqualTo(200);
    }
}
