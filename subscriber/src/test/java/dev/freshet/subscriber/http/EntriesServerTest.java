package dev.freshet.subscriber.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.CacheListener;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import dev.freshet.service.Configuration;
import dev.freshet.subscriber.RawHttp;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.subscriber.configuration.SubscriberSettings;
import dev.freshet.subscriber.region.RegionCaches;
import dev.freshet.subscriber.region.Regions;
import dev.freshet.subscriber.region.ServedRegion;
import dev.freshet.subscriber.region.StoredValue;
import dev.freshet.testkit.HandClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The data port as a contract: real sockets and real caches; the bus is played by the test. */
class EntriesServerTest {

    private static final String USERS = "/v1/regions/users/entries/";
    private static final long EPOCH = 0xc0ffeeL;

    private final HandClock clock = new HandClock();
    private final TimeSource time = new TimeSource() {
        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        public long wallMicros() {
            return clock.wallMicros();
        }
    };
    private final RedisTime redisTime = new RedisTime() {
        @Override
        public long nowMicros() {
            return clock.wallMicros();
        }

        @Override
        public OptionalLong errorMicros() {
            return OptionalLong.of(0);
        }

        @Override
        public long nanoTimeAt(long redisMicros) {
            return clock.nanoTime() - (clock.wallMicros() - redisMicros) * 1_000;
        }
    };

    private final FakeSubscription users = new FakeSubscription("users", time);
    private Vertx vertx;
    private Map<String, RegionCache<StoredValue>> caches;
    private RawHttp http;

    @BeforeEach
    void start() throws Exception {
        SubscriberSettings settings = Configuration.of(
                        "http.port", "0",
                        "http.maximum-entry", "1KiB",
                        "http.min-position-wait", "100ms",
                        "regions.users.maximum-entries", "100",
                        "regions.users.expire-after-write", "10m",
                        "regions.careful.unconfirmed.policy", "bypass",
                        "regions.warm.unleased-stores", "accept",
                        "regions.tiny.maximum-bytes", "1024")
                .read(SubscriberSettings::read);
        caches = RegionCaches.build(settings.regions(), CacheListener.NONE, time);
        List<ServedRegion> served = new ArrayList<>();
        caches.forEach((name, cache) -> {
            FakeSubscription subscription = name.equals("users") ? users : new FakeSubscription(name, time);
            subscription.confirmation().confirm(time.nanoTime(), time.wallMicros(), time.wallMicros());
            cache.attached(subscription.confirmation(), redisTime);
            cache.joined();
            served.add(new ServedRegion(
                    name, Objects.requireNonNull(settings.regions().get(name)), cache, subscription));
        });
        users.position = new Position(EPOCH, 7);
        vertx = Vertx.vertx();
        http = new RawHttp(await(EntriesServer.start(vertx, settings.http(), new Regions(served)))
                .port());
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
        caches.values().forEach(RegionCache::close);
    }

    // ---- What a reader sees

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
        cache().attached(fresh.confirmation(), redisTime);
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
        users.awaited =
                CompletableFuture.supplyAsync(() -> true, CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS));
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

    // ---- Storing

    @Test
    void aSlowLoadLosesToAnInvalidationOfItsKey() {
        String lease = http.get(USERS + "user:1").required("Lease");
        apply(Selector.keys("user:1"));
        assertRefused(put("user:1", "Lease", lease), "invalidated");
        assertThat(http.get(USERS + "user:1").status()).isEqualTo(404);
    }

    @Test
    void aSlowLoadLosesToAnInvalidationOfItsTag() {
        String lease = http.get(USERS + "user:1").required("Lease");
        apply(Selector.tags("team:7"));
        assertRefused(put("user:1", "Lease", lease, "Cache-Tag", "role:1, team:7"), "invalidated");
    }

    @Test
    void aSlowLoadLosesToAReset() {
        String lease = http.get(USERS + "user:1").required("Lease");
        cache().reset(ResetReason.TRIMMED);
        assertRefused(put("user:1", "Lease", lease), "reset");
    }

    @Test
    void anExpiredLeaseIsRefused() {
        String lease = http.get(USERS + "user:1").required("Lease");
        clock.advance(Duration.ofSeconds(11));
        assertRefused(put("user:1", "Lease", lease), "expired");
    }

    @Test
    void aLeaseIsGoodForOneStore() {
        String lease = http.get(USERS + "user:1").required("Lease");
        assertThat(put("user:1", "Lease", lease).status()).isEqualTo(204);
        assertRefused(put("user:1", "Lease", lease), "used");
    }

    @Test
    void aLeaseOfAnotherRegionIsForeign() {
        String lease = http.get("/v1/regions/careful/entries/user:1").required("Lease");
        assertRefused(put("user:1", "Lease", lease), "foreign");
    }

    @Test
    void aLeaseOfAnotherKeyIsForeign() {
        String lease = http.get(USERS + "user:2").required("Lease");
        assertRefused(put("user:1", "Lease", lease), "foreign");
    }

    @Test
    void whatIsNoLeaseIsRefusedAndNotTakenForNone() {
        assertRefused(put("user:1", "Lease", "let-me-in"), "unknown");
        Answer warm = http.put("/v1/regions/warm/entries/user:1", "x", "Lease", "let-me-in");
        assertRefused(warm, "unknown");
    }

    @Test
    void aVersionBelowAnInvalidationsIsRefused() {
        applyVersion("user:1", 42);
        String lease = http.get(USERS + "user:1").required("Lease");
        assertRefused(put("user:1", "Lease", lease, "Entry-Version", "41"), "version");
        String again = http.get(USERS + "user:1").required("Lease");
        assertThat(put("user:1", "Lease", again, "Entry-Version", "42").status())
                .isEqualTo(204);
    }

    @Test
    void aStoreWithoutALeaseIs428UnlessTheRegionAcceptsIt() {
        assertProblem(put("user:1"), 428, "lease-required");
        assertThat(http.get(USERS + "user:1").status()).isEqualTo(404);
        assertThat(http.put("/v1/regions/warm/entries/user:1", "x").status()).isEqualTo(204);
        assertThat(http.get("/v1/regions/warm/entries/user:1").text()).isEqualTo("x");
    }

    @Test
    void anEntryLivesAsLongAsItsStoreSays() {
        fill("users", "short", "x", "Cache-Control", "max-age=60");
        fill("users", "region", "x");
        clock.advance(Duration.ofSeconds(59));
        assertThat(http.get(USERS + "short").status()).isEqualTo(200);
        clock.advance(Duration.ofSeconds(2));
        assertThat(http.get(USERS + "short").status()).isEqualTo(404);
        assertThat(http.get(USERS + "region").status()).isEqualTo(200);
        clock.advance(Duration.ofMinutes(10));
        assertThat(http.get(USERS + "region").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Cache-Control | no-store",
                "Cache-Control | max-age=0",
                "Expires       | Thu, 01 Jan 1970 00:00:00 GMT",
                "Expires       | 0",
            })
    void whatMustNotBeKeptIsTakenAndNotKept(String header, String value) {
        fill("users", "k", "x", header, value);
        assertThat(http.get(USERS + "k").status()).isEqualTo(404);
    }

    @Test
    void aTagEvictsWhatWasStoredWithIt() {
        fill("users", "a", "x", "Cache-Tag", "team:7, role:admin");
        fill("users", "b", "x");
        apply(Selector.tags("role:admin"));
        assertThat(http.get(USERS + "a").status()).isEqualTo(404);
        assertThat(http.get(USERS + "b").status()).isEqualTo(200);
    }

    @Test
    void aValueOverTheLimitIs413WhetherAnnouncedOrStreamed() {
        String lease = http.get(USERS + "k").required("Lease");
        assertProblem(http.put(USERS + "k", "x".repeat(1025), "Lease", lease), 413, "too-large");

        String chunked = "PUT " + USERS + "k HTTP/1.1\r\nHost: h\r\nConnection: close\r\nLease: " + lease
                + "\r\nTransfer-Encoding: chunked\r\n\r\n" + ("200\r\n" + "y".repeat(512) + "\r\n").repeat(3)
                + "0\r\n\r\n";
        Answer streamed = http.exchange(chunked.getBytes(StandardCharsets.ISO_8859_1));
        assertProblem(streamed, 413, "too-large");
        assertThat(json(streamed).getLong("limitBytes")).isEqualTo(1024);

        assertThat(http.put(USERS + "k", "x".repeat(1024), "Lease", lease).status())
                .as("nothing was stored, so the lease is still good")
                .isEqualTo(204);
    }

    @Test
    void aLargeBodyIsRefusedBeforeItIsSent() {
        String lease = http.get(USERS + "k").required("Lease");
        String head = "PUT " + USERS + "k HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nLease: "
                + lease + "\r\nContent-Length: 99999999999\r\n\r\n";
        assertProblem(http.exchange(head.getBytes(StandardCharsets.ISO_8859_1)), 413, "too-large");
    }

    @Test
    void aMegabyteThatIsRefusedStillGetsItsAnswer() {
        assertProblem(http.put(USERS + "k", "x".repeat(8 << 20), "Lease", "any"), 413, "too-large");
    }

    @Test
    void anEntryLargerThanItsRegionIs413() {
        String lease = http.get("/v1/regions/tiny/entries/k").required("Lease");
        assertProblem(http.put("/v1/regions/tiny/entries/k", "x".repeat(1000), "Lease", lease), 413, "too-large");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Cache-Control    | max-age=soon",
                "Expires          | soon",
                "Cache-Tag        | a,,b",
                "Entry-Version    | -1",
                "Content-Encoding | gzip",
                "Content-Range    | bytes 0-1/2",
            })
    void aBadHeaderOfAStoreIs400AndNamed(String header, String value) {
        assertFaults(put("k", "Lease", "any", header, value), header);
    }

    @Test
    void allBadHeadersAreNamedAtOnce() {
        assertFaults(
                http.put(USERS + "%ff", "x", "Cache-Control", "max-age=x", "Cache-Tag", ",", "Entry-Version", "x"),
                "key",
                "Cache-Control",
                "Cache-Tag",
                "Cache-Tag",
                "Entry-Version");
    }

    // ---- Evicting

    @Test
    void deleteEvictsAndFences() {
        fill("users", "k", "x");
        String lease = http.get(USERS + "other").required("Lease");
        assertThat(http.delete(USERS + "k").status()).isEqualTo(204);
        assertThat(http.get(USERS + "k").status()).isEqualTo(404);
        assertThat(http.delete(USERS + "other").status()).isEqualTo(204);
        assertRefused(http.put(USERS + "other", "x", "Lease", lease), "invalidated");
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
                "/",
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
        assertThat(json(answer).getJsonArray("regions")).containsExactly("careful", "tiny", "users", "warm");
        assertThat(json(answer).getString("detail")).contains("careful, tiny, users, warm");
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
                .containsExactly("careful", "tiny", "users", "warm");
        assertThat(http.head("/v1/regions").body()).isEmpty();
    }

    private RegionCache<StoredValue> cache() {
        return Objects.requireNonNull(caches.get("users"));
    }

    private void fill(String region, String rawKey, String value, String... headers) {
        String lease = http.get("/v1/regions/" + region + "/entries/" + rawKey).required("Lease");
        List<String> all = new ArrayList<>(List.of(headers));
        all.add("Lease");
        all.add(lease);
        store(region, rawKey, value, all.toArray(String[]::new));
    }

    private void store(String region, String rawKey, String value, String... headers) {
        Answer answer = http.put("/v1/regions/" + region + "/entries/" + rawKey, value, headers);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(204);
    }

    private Answer put(String key, String... headers) {
        return http.put(USERS + key, "outdated", headers);
    }

    private void apply(Selector selector) {
        apply(new Invalidation(selector, clock.wallMicros(), clock.wallMicros(), OptionalLong.empty()));
    }

    private void applyVersion(String key, long version) {
        apply(new Invalidation(Selector.keys(key), clock.wallMicros(), clock.wallMicros(), OptionalLong.of(version)));
    }

    private void apply(Invalidation invalidation) {
        cache().apply(new LoggedRecord(
                new RecordHeader(new Position(EPOCH, 8), clock.wallMicros(), false),
                new RecordBody("test", OptionalLong.empty(), List.of(invalidation))));
    }

    private static void assertRefused(Answer answer, String reason) {
        assertProblem(answer, 409, "store-refused");
        assertThat(json(answer).getString("reason")).isEqualTo(reason);
    }

    private static void assertFaults(Answer answer, String... fields) {
        assertProblem(answer, 400, "invalid-request");
        assertThat(json(answer).getJsonArray("faults"))
                .extracting(fault -> ((JsonObject) fault).getString("field"))
                .containsExactly(fields);
    }

    private static void assertProblem(Answer answer, int status, String type) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(json(answer).getString("type")).endsWith(":" + type);
        assertThat(json(answer).getInteger("status")).isEqualTo(status);
        assertThat(json(answer).getString("detail")).isNotBlank();
    }

    private static JsonObject json(Answer answer) {
        return new JsonObject(answer.text());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
