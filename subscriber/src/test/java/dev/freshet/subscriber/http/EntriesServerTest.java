package dev.freshet.subscriber.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.subscriber.RawHttp.Answer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of the data port: reads, paths, regions. */
class EntriesServerTest extends EntriesServerBench {

    // ---- Reads

    @Test
    void aMissHandsOutALeaseAndAStoreUnderItMakesAHit() {
        Answer miss = http.get(USERS + "user:1");
        assertThat(miss.status()).isEqualTo(404);
        assertThat(miss.header("Content-Type")).isNull();
        assertThat(miss.body()).isEmpty();
        assertThat(miss.header("Freshet-State")).isEqualTo("confirmed");
        assertThat(miss.header("Freshet-Confirmed-Age")).isEqualTo("0.000");

        Answer stored = http.put(
                USERS + "user:1",
                "{\"name\":\"Ada\"}",
                "Lease",
                miss.required("Lease"),
                "Content-Type",
                "application/json");
        assertThat(stored.status()).isEqualTo(204);
        assertThat(stored.body()).isEmpty();

        clock.advance(Duration.ofMillis(1_750));
        Answer hit = http.get(USERS + "user:1");
        assertThat(hit.status()).isEqualTo(200);
        assertThat(hit.text()).isEqualTo("{\"name\":\"Ada\"}");
        assertThat(hit.header("Content-Type")).isEqualTo("application/json");
        assertThat(hit.header("Age")).isEqualTo("1");
        assertThat(hit.header("Freshet-State")).isEqualTo("confirmed");
        assertThat(hit.header("Freshet-Confirmed-Age")).isEqualTo("1.750");
        assertThat(hit.header("Lease")).isNull();
    }

    @Test
    void aReaderThatWantsAFreshValueIsGivenALeaseThoughAValueIsThere() {
        fill("users", "user:1", "old");
        for (String directives : new String[] {"no-cache", "max-age=0, No-Cache", "no-cache , no-transform"}) {
            Answer fresh = http.get(USERS + "user:1", "Cache-Control", directives, "Prefer", "wait=10");
            assertThat(fresh.status()).isEqualTo(404);
            assertThat(fresh.header("Freshet-State")).isEqualTo("confirmed");
            assertThat(http.get(USERS + "user:1").text()).isEqualTo("old");
            store("users", "user:1", "new", "Lease", fresh.required("Lease"));
            assertThat(http.get(USERS + "user:1").text()).isEqualTo("new");
            store(
                    "users",
                    "user:1",
                    "old",
                    "Lease",
                    http.get(USERS + "user:1", "Cache-Control", "no-cache").required("Lease"));
        }
        assertThat(http.get(USERS + "user:1", "Cache-Control", "max-age=0, no-cachet")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void whatWasLoadedFreshLosesToAnInvalidation() {
        fill("users", "user:1", "old");
        String lease = http.get(USERS + "user:1", "Cache-Control", "no-cache").required("Lease");
        apply(Selector.keys("user:1"));
        assertRefused(put("user:1", "Lease", lease), "invalidated");
        assertThat(http.get(USERS + "user:1").status()).isEqualTo(404);
    }

    @Test
    void headAnswersAsGetWithoutTheBody() {
        Answer miss = http.head(USERS + "user:1");
        assertThat(miss.status()).isEqualTo(404);
        store("users", "user:1", "four", "Lease", miss.required("Lease"), "Content-Type", "text/plain");

        Answer hit = http.head(USERS + "user:1");
        assertThat(hit.status()).isEqualTo(200);
        assertThat(hit.header("Content-Length")).isEqualTo("4");
        assertThat(hit.header("Content-Type")).isEqualTo("text/plain");
        assertThat(hit.header("Freshet-State")).isEqualTo("confirmed");
        assertThat(hit.body()).isEmpty();
        assertThat(http.head("/v1/regions/nobody").body()).isEmpty();
    }

    @Test
    void anyBytesComeBackAsTheyWere() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        String lease = http.get(USERS + "bin").required("Lease");
        assertThat(http.send("PUT", USERS + "bin", bytes, "Lease", lease).status())
                .isEqualTo(204);

        Answer hit = http.get(USERS + "bin");
        assertThat(hit.body()).isEqualTo(bytes);
        assertThat(hit.header("Content-Type")).isEqualTo("application/octet-stream");
    }

    @Test
    void anEmptyValueIsAValue() {
        fill("users", "empty", "");
        Answer hit = http.get(USERS + "empty");
        assertThat(hit.status()).isEqualTo(200);
        assertThat(hit.header("Content-Length")).isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                ".",
                "%2e%2e",
                "a%2Fb%2e%2e",
                "a%2F..%2Fb",
                "a;b=c",
                "a+b",
                "%00",
                "~",
                "a:b@c",
                "%25",
                "%3F"
            })
    void thePathIsNeverNormalised(String rawKey) {
        fill("users", rawKey, "value of " + rawKey);
        assertThat(http.get(USERS + rawKey).text()).isEqualTo("value of " + rawKey);
        assertThat(cache().stats().entries()).isEqualTo(1);
    }

    @Test
    void aKeyIsWhatItDecodesToOnce() {
        fill("users", "a%2Fb%2e%2e", "x");
        assertThat(cache().getIfPresent("a/b..")).isNotNull();
        assertThat(http.get(USERS + "a%2fb..").status()).isEqualTo(200);
        assertThat(http.get(USERS + "a%252Fb..").status()).isEqualTo(404);
    }

    @Test
    void aTargetInAbsoluteFormNamesTheSameEntry() {
        fill("users", "k", "x");
        assertThat(http.get("http://localhost" + USERS + "k").text()).isEqualTo("x");
    }

    @Test
    void anUnconfirmedRegionIsServedAndSaidToBe() {
        fill("users", "k", "x");
        clock.advance(Duration.ofMillis(2_001));
        Answer hit = http.get(USERS + "k");
        assertThat(hit.status()).isEqualTo(200);
        assertThat(hit.header("Freshet-State")).isEqualTo("unconfirmed");
        assertThat(hit.header("Freshet-Confirmed-Age")).isEqualTo("2.001");
    }

    @Test
    void aBypassedRegionMissesUntilItIsConfirmedAgain() {
        fill("careful", "k", "x");
        clock.advance(Duration.ofMillis(2_001));
        Answer bypassed = http.get("/v1/regions/careful/entries/k");
        assertThat(bypassed.status()).isEqualTo(404);
        assertThat(bypassed.header("Freshet-State")).isEqualTo("bypassed");
        assertThat(bypassed.header("Lease")).isNotNull();
    }

    @Test
    void theConfirmedAgeIsAWordBeforeTheFirstConfirmation() throws Exception {
        FakeSubscription fresh = new FakeSubscription("users", time);
        region("users").detached(); // from the subscription that the bench has confirmed
        region("users").attached(fresh.confirmation(), redisTime);
        Answer miss = http.get(USERS + "k");
        assertThat(miss.header("Freshet-State")).isEqualTo("unconfirmed");
        assertThat(miss.header("Freshet-Confirmed-Age")).isEqualTo("never");
    }

    // ---- Min-Position

    @ParameterizedTest
    @ValueSource(longs = {0, 6, 7})
    void aPositionThatIsAppliedIsNotWaitedFor(long sequence) {
        fill("users", "k", "x");
        users.awaited = new CompletableFuture<>();
        assertThat(http.get(USERS + "k", "Min-Position", new Position(EPOCH, sequence).toString())
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000000000c0ffee-8", "00000000deadbeef-1"})
    void anotherPositionIsWaitedFor(String position) {
        fill("users", "k", "x");
        users.awaited = new CompletableFuture<Boolean>().completeOnTimeout(true, 50, TimeUnit.MILLISECONDS);
        assertThat(http.get(USERS + "k", "Min-Position", position).text()).isEqualTo("x");
        assertThat(http.head(USERS + "k", "Min-Position", position).status()).isEqualTo(200);
    }

    @Test
    void aPositionThatIsNotReachedInTimeIs503() {
        fill("users", "k", "x");
        Answer answer = http.get(USERS + "k", "Min-Position", "0000000000c0ffee-8");
        assertProblem(answer, 503, "position-not-reached");
        assertThat(json(answer).getString("wanted")).isEqualTo("0000000000c0ffee-8");
        assertThat(json(answer).getString("position")).isEqualTo("0000000000c0ffee-7");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8",
                "c0ffee-8",
                "0000000000C0FFEE-8",
                "0000000000c0ffee-08",
                "0000000000c0ffee--1",
                "latest",
                "0000000000c0ffee-99999999999999999999"
            })
    void aMalformedPositionIs400(String position) {
        assertFaults(http.get(USERS + "k", "Min-Position", position), "Min-Position");
    }

    // ---- Paths, methods, keys

    @ParameterizedTest
    @ValueSource(strings = {"%", "%2", "%zz", "%ff", "%C0%AF", "%ED%A0%80", "", "a/b", "a?b", "caf\u00e9"})
    void aBadKeyIs400(String rawKey) {
        assertFaults(http.get(USERS + rawKey), "key");
        assertFaults(http.delete(USERS + rawKey), "key");
    }

    @Test
    void aKeyOf512BytesIsTheLongest() {
        assertThat(http.get(USERS + "k".repeat(512)).status()).isEqualTo(404);
        assertThat(http.get(USERS + "%C3%BC".repeat(256)).header("Lease")).isNotNull();
        assertFaults(http.get(USERS + "k".repeat(513)), "key");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//",
                "/v1",
                "/v1/",
                "/v1/regionsx",
                "/v1/regions/users/",
                "/v1/regions/users/entries",
                "/v1/regions/users/members/1",
                "/V1/regions",
                "/v2/regions"
            })
    void thereIsNothingAtOtherPaths(String path) {
        assertProblem(http.get(path), 404, "no-such-path");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/regions/nobody",
                "/v1/regions/nobody/entries/k",
                "/v1/regions//entries/k",
                "/v1/regions/../entries/k"
            })
    void anUnknownRegionIsNoMiss(String path) {
        Answer answer = http.get(path);
        assertProblem(answer, 404, "unknown-region");
        assertThat(answer.header("Lease")).isNull();
        assertThat(json(answer).getJsonArray("regions"))
                .containsExactly("both", "careful", "safe", "spread", "tiny", "users", "warm");
        assertThat(json(answer).getString("detail")).contains("careful, safe, spread, tiny, users, warm");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/regions/users/entries/k, 'GET, HEAD, PUT, DELETE'",
        "PATCH, /v1/regions/users/entries/k, 'GET, HEAD, PUT, DELETE'",
        "OPTIONS, /v1/regions/users/entries/k, 'GET, HEAD, PUT, DELETE'",
        "POST, /v1/regions, 'GET, HEAD'",
        "DELETE, /v1/regions/users, 'GET, HEAD'",
    })
    void anotherMethodIs405(String method, String path, String allowed) {
        Answer answer = http.send(method, path, new byte[0]);
        assertProblem(answer, 405, "method-not-allowed");
        assertThat(answer.header("Allow")).isEqualTo(allowed);
    }

    @Test
    void whatIsNotHttpIsRefusedAsAProblem() {
        assertProblem(http.get(USERS + "k".repeat(5000)), 414, "path-too-long");
        assertProblem(http.get(USERS + "k", "Cache-Tag", "t".repeat(70_000)), 431, "headers-too-large");
    }

    // ---- Regions

    @Test
    void aRegionSaysHowItIsDoing() {
        fill("users", "k", "x");
        http.get(USERS + "k");
        JsonObject users = json(http.get("/v1/regions/users"));
        assertThat(users.getString("region")).isEqualTo("users");
        assertThat(users.getString("state")).isEqualTo("confirmed");
        assertThat(users.getString("position")).isEqualTo("0000000000c0ffee-7");
        assertThat(users.getString("confirmedAt")).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(users.getLong("lagRecords")).isEqualTo(3);
        assertThat(users.getLong("members")).isEqualTo(2);
        assertThat(users.getLong("size")).isEqualTo(1);
        assertThat(users.getLong("hits")).isEqualTo(1);
        assertThat(users.getLong("misses")).isEqualTo(1);
        assertThat(users.getLong("stores")).isEqualTo(1);
        assertThat(users.getLong("leases")).isZero();
        assertThat(users.getLong("broadInvalidations")).isZero();
    }

    @Test
    void allRegionsAreListed() {
        Answer answer = http.get("/v1/regions");
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(json(answer).getJsonArray("regions"))
                .extracting(region -> ((JsonObject) region).getString("region"))
                .containsExactly("both", "careful", "safe", "spread", "tiny", "users", "warm");
        assertThat(http.head("/v1/regions").body()).isEmpty();
    }
}
