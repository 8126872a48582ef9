package dev.freshet.subscriber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RegionView;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Position;
import dev.freshet.service.Service;
import dev.freshet.service.config.Configuration;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sidecar against a real Redis and the real publisher. */
@SuppressWarnings("NullAway.Init")
class SubscriberApplicationTest {

    private static final String USERS = "/v1/regions/users/entries/";
    private static final String CAREFUL = "/v1/regions/careful/entries/";

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private Publisher publisher;
    private @Nullable Service service;
    private RawHttp http;
    private RawHttp management;

    @BeforeEach
    void connect() {
        publisher = Publisher.connect(Patient.publisher(redis.uri()));
        await().until(publisher::isConnected);
    }

    @AfterEach
    void stop() {
        if (service != null) {
            service.close();
        }
        publisher.close();
    }

    // ---- From a change to its eviction

    @Test
    void aChangePublishedElsewhereIsGoneHere() {
        startReady();
        fill(USERS + "user:1", "Ada");
        fill(USERS + "user:2", "Bob");
        publish(Change.ofKeys("user:1"));
        awaitMiss(USERS + "user:1");
        assertThat(http.get(USERS + "user:2").text()).isEqualTo("Bob");
    }

    @ParameterizedTest
    @CsvSource({"key", "tag", "prefix", "all"})
    void everySelectorEvictsAndIsCounted(String selector) {
        startReady();
        fill(USERS + "user:1", "Ada", "Cache-Tag", "team:7");
        Change.Builder change = Change.builder();
        publish(
                switch (selector) {
                    case "key" -> change.keys("user:1").build();
                    case "tag" -> change.tags("team:7").build();
                    case "prefix" -> change.prefixes("user:").build();
                    default -> change.all().build();
                });
        awaitMiss(USERS + "user:1");
        // Readers see an eviction before it is counted.
        await().untilAsserted(() -> {
            assertThat(metric("freshet_evictions_total{region=\"users\",selector=\"" + selector + "\"}"))
                    .isEqualTo(1);
            assertThat(metric("freshet_invalidations_total{region=\"users\",side=\"subscriber\"}"))
                    .isEqualTo(1);
            assertThat(metric("freshet_records_total{region=\"users\",side=\"subscriber\"}"))
                    .isEqualTo(1);
            assertThat(metric("freshet_stale_window_seconds_count{region=\"users\",stage=\"total\"}"))
                    .isEqualTo(1);
        });
    }

    @Test
    void aSlowLoadLosesToAChangePublishedMeanwhile() {
        startReady();
        String lease = http.get(USERS + "user:1").required("Lease");
        Receipt receipt = publish(Change.ofKeys("user:1"));
        assertThat(http.get(USERS + "user:2", "Min-Position", receipt.position().toString())
                        .status())
                .isEqualTo(404);
        Answer refused = http.put(USERS + "user:1", "outdated", "Lease", lease);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(new JsonObject(refused.text()).getString("reason")).isEqualTo("invalidated");
        assertThat(metric("freshet_store_refused_total{reason=\"invalidated\",region=\"users\"}"))
                .isEqualTo(1);
    }

    @Test
    void aReadAtAPositionSeesItsChange() {
        startReady();
        for (int i = 0; i < 50; i++) {
            fill(USERS + "k", "v" + i);
            Receipt receipt = publish(Change.ofKeys("k"));
            assertThat(http.get(USERS + "k", "Min-Position", receipt.position().toString())
                            .status())
                    .isEqualTo(404);
        }
    }

    @Test
    void aPositionOfAnEpochThatWasNeverFollowedIsNotTakenForReached() {
        startReady("http.min-position-wait", "300ms");
        fill(USERS + "k", "v");
        Answer answer = http.get(USERS + "k", "Min-Position", new Position(1, 999).toString());
        assertThat(answer.status()).isEqualTo(503);
        assertThat(new JsonObject(answer.text()).getString("type")).endsWith(":position-not-reached");
    }

    @Test
    void aPositionThatWasReachedCountsAfterTheNextEpochBegan() {
        startReady();
        Position reached = publish(Change.ofKeys("k")).position();
        assertThat(http.get(USERS + "k", "Min-Position", reached.toString()).status())
                .isEqualTo(404);
        redis.server().execute("FLUSHALL");
        Position next = publish(Change.ofKeys("k")).position();
        assertThat(next.epoch()).isNotEqualTo(reached.epoch());
        await().until(
                        () -> http.get(USERS + "k", "Min-Position", next.toString())
                                .status(),
                        status -> status == 404);
        assertThat(http.get(USERS + "k", "Min-Position", reached.toString()).status())
                .isEqualTo(404);
    }

    @Test
    void aPositionThatNobodyReachedIsNotWaitedForForever() {
        startReady("http.min-position-wait", "300ms");
        Position reached = publish(Change.ofKeys("k")).position();
        Answer answer = http.get(
                USERS + "k", "Min-Position", reached.at(reached.sequence() + 5).toString());
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    }

    @Test
    void aStaleReadIsCounted() {
        startReady();
        fill(USERS + "k", "v");
        await().pollInSameThread().until(() -> {
            http.get(USERS + "k");
            return metric("cache_gets_total{cache=\"users\",result=\"hit\"}") >= 3;
        });
        publish(Change.builder()
                .keys("k")
                .changedAt(Instant.now().minusSeconds(60))
                .build());
        awaitMiss(USERS + "k");
        await().until(() -> metric("freshet_stale_hits_total{region=\"users\"}") == 1);
    }

    // ---- When Redis is unavailable

    @Test
    void aReplicaThatLostRedisSaysSoAndServesOrBypasses() {
        startReady(
                "heartbeat", "50ms",
                "regions.users.unconfirmed.after", "500ms",
                "regions.careful.unconfirmed.after", "500ms");
        fill(USERS + "k", "v");
        fill(CAREFUL + "k", "v");
        redis.server().pause();
        try {
            await().until(() -> "unconfirmed".equals(http.get(USERS + "k").header("Freshet-State")));
            Answer served = http.get(USERS + "k");
            assertThat(served.status()).isEqualTo(200);
            assertThat(Double.parseDouble(served.required("Freshet-Confirmed-Age")))
                    .isGreaterThan(0.4);
            await().untilAsserted(() -> {
                Answer bypassed = http.get(CAREFUL + "k");
                assertThat(bypassed.status()).isEqualTo(404);
                assertThat(bypassed.header("Freshet-State")).isEqualTo("bypassed");
                assertThat(bypassed.header("Lease")).isNotNull();
            });
            assertThat(metric("freshet_confirmed{region=\"users\"}")).isZero();
            assertThat(metric("freshet_unconfirmed_seconds{region=\"users\"}")).isGreaterThan(0.4);
            assertThat(management.get("/health/live").status()).isEqualTo(200);
            assertThat(management.get("/health/ready").status())
                    .as("stays ready")
                    .isEqualTo(200);
        } finally {
            redis.server().resume();
        }
        await().untilAsserted(() -> {
            Answer kept = http.get(CAREFUL + "k");
            assertThat(kept.header("Freshet-State")).isEqualTo("confirmed");
            assertThat(kept.text()).as("the entry was kept").isEqualTo("v");
        });
        await().until(() -> metric("freshet_confirmed{region=\"users\"}") == 1);
    }

    @Test
    void whatWasMissedIsReplayedAndNothingElseIsLost() {
        startReady();
        fill(USERS + "changed", "v");
        fill(USERS + "kept", "v");
        redis.server().execute("CLIENT", "KILL", "TYPE", "pubsub");
        publish(Change.ofKeys("changed"));
        awaitMiss(USERS + "changed");
        assertThat(http.get(USERS + "kept").status()).isEqualTo(200);
        assertThat(metric("freshet_resets_total{reason=\"trimmed\",region=\"users\"}"))
                .isZero();
    }

    @Test
    void aFlushedRedisResetsTheRegionAndSaysWhy() {
        startReady();
        fill(USERS + "k", "v");
        redis.server().flushAll();
        awaitMiss(USERS + "k");
        await().until(() -> metric("freshet_resets_total{reason=\"epoch\",region=\"users\"}") >= 1);
    }

    /** A sidecar that restarts while Redis is down must not take the application beside it out of service. */
    @Test
    void withoutRedisItLivesStartsInTimeAndIsReadyByThePolicyOfEachRegion() {
        redis.server().stop();
        start("startup-wait", "300ms");
        assertThat(management.get("/health/live").status()).isEqualTo(200);
        await().until(() -> management.get("/health/started").status() == 200);
        assertThat(management.get("/health/ready").status()).isEqualTo(200);
        assertThat(management.get("/health/ready").text())
                .contains("never confirmed since the start", "\"region\":\"careful\"", "\"region\":\"users\"");

        Answer miss = http.get(USERS + "k");
        assertThat(miss.status()).isEqualTo(404);
        assertThat(miss.header("Freshet-State")).isEqualTo("unconfirmed");
        assertThat(miss.header("Freshet-Confirmed-Age")).isEqualTo("never");
        assertThat(http.get(CAREFUL + "k").header("Freshet-State")).isEqualTo("bypassed");

        redis.server().start();
        await().until(() -> !management.get("/health/ready").text().contains("nothing is lost"));
        assertThat(management.get("/health/ready").status()).isEqualTo(200);
        assertThat(http.get(USERS + "k").header("Freshet-State")).isEqualTo("confirmed");
    }

    @Test
    void withoutRedisItIsNotReadyIfItMustHaveCaughtUp() {
        redis.server().stop();
        start("startup-wait", "300ms", "ready-after-startup-wait", "false");
        await().until(() -> management.get("/health/started").status() == 200);
        Answer notReady = management.get("/health/ready");
        assertThat(notReady.status()).isEqualTo(503);
        assertThat(notReady.text()).contains("waits for the first confirmation of: careful, users");

        redis.server().start();
        await().until(() -> management.get("/health/ready").status() == 200);
        assertThat(http.get(USERS + "k").header("Freshet-State")).isEqualTo("confirmed");
    }

    @Test
    void whileItWaitsForRedisItIsNotReady() {
        redis.server().stop();
        start("startup-wait", "1h");
        assertThat(management.get("/health/ready").status()).isEqualTo(503);
    }

    @Test
    void theStartupProbeWaitsForRedis() {
        redis.server().stop();
        start("startup-wait", "1h");
        assertThat(management.get("/health/started").status()).isEqualTo(503);
        redis.server().start();
        await().until(() -> management.get("/health/started").status() == 200);
    }

    // ---- The management port and the end

    @Test
    void everyMetricIsThereFromTheStart() {
        startReady();
        String metrics = management.get("/metrics").text();
        assertThat(metrics.lines())
                .contains(
                        "# TYPE freshet_stale_window_seconds histogram",
                        "freshet_gaps_total{region=\"users\"} 0.0",
                        "freshet_invalidations_total{region=\"users\",side=\"subscriber\"} 0.0",
                        "freshet_records_total{region=\"users\",side=\"subscriber\"} 0.0",
                        "freshet_replayed_records_total{region=\"users\"} 0.0",
                        "freshet_stale_hits_total{region=\"users\"} 0.0",
                        "freshet_members{region=\"users\"} 1.0",
                        "freshet_position_lag_records{region=\"users\"} 0.0",
                        "freshet_leases{region=\"users\"} 0.0",
                        "freshet_broad_invalidations{region=\"users\"} 0.0",
                        "freshet_confirmed{region=\"users\"} 1.0",
                        "freshet_foreign_code_failures_total{code=\"listener\",side=\"subscriber\"} 0.0",
                        "freshet_foreign_code_failures_total{code=\"reader\",side=\"subscriber\"} 0.0",
                        "freshet_publisher_clock_error_seconds{region=\"users\"} NaN",
                        "cache_gets_total{cache=\"users\",result=\"hit\"} 0.0",
                        "cache_gets_total{cache=\"users\",result=\"miss\"} 0.0",
                        "cache_puts_total{cache=\"users\"} 0.0",
                        "cache_evictions_total{cache=\"users\"} 0.0",
                        "cache_size{cache=\"users\"} 0.0");
        for (String stage : List.of("source", "append", "delivery", "evict", "total")) {
            assertThat(metrics)
                    .contains("freshet_stale_window_seconds_bucket{region=\"users\",stage=\"" + stage
                            + "\",le=\"5.0E-5\"} 0")
                    .contains("freshet_stale_window_seconds_bucket{region=\"users\",stage=\"" + stage
                            + "\",le=\"60.0\"} 0")
                    .contains("freshet_stale_window_seconds_count{region=\"users\",stage=\"" + stage + "\"} 0")
                    .contains("freshet_negative_stages_total{region=\"users\",stage=\"" + stage + "\"} 0.0");
        }
        for (String selector : List.of("key", "tag", "prefix", "all", "reset")) {
            assertThat(metrics).contains("freshet_evictions_total{region=\"users\",selector=\"" + selector + "\"} 0.0");
        }
        for (String reason : List.of(
                "epoch", "head_behind", "server", "trimmed", "unreadable", "foreign", "reader_failed", "overflow")) {
            assertThat(metrics).contains("freshet_resets_total{reason=\"" + reason + "\",region=\"users\"} 0.0");
        }
        for (String reason : List.of(
                "invalidated", "reset", "expired", "used", "foreign", "unknown", "version", "unleased", "too_large")) {
            assertThat(metrics).contains("freshet_store_refused_total{reason=\"" + reason + "\",region=\"users\"} 0.0");
        }
        assertThat(metric("freshet_clock_error_seconds{side=\"subscriber\"}")).isBetween(0.0, 1.0);
        assertThat(metric("freshet_unconfirmed_seconds{region=\"users\"}")).isBetween(0.0, 60.0);
        assertThat(metrics).contains("jvm_memory_used_bytes", "process_uptime_seconds");
    }

    @Test
    void keysAreNeverLabels() {
        startReady();
        fill(USERS + "secret-key", "v", "Cache-Tag", "secret-tag");
        publish(Change.builder().keys("secret-key").tags("secret-tag").build());
        awaitMiss(USERS + "secret-key");
        assertThat(management.get("/metrics").text()).doesNotContain("secret");
    }

    @Test
    void stoppingLetsRequestsFinishAndLeavesTheRegion() throws Exception {
        startReady();
        Position reached = publish(Change.ofKeys("k")).position();
        String beyond = reached.at(reached.sequence() + 5).toString();
        CompletableFuture<Answer> inFlight = Background.call(() -> http.get(USERS + "k", "Min-Position", beyond));
        await().until(() -> metric("freshet_waiting_reads") == 1);
        CompletableFuture<Void> closing = Background.run(service()::close);
        await().until(() -> management.get("/health/ready").status() == 503);
        for (int i = 0; i < 5; i++) {
            publish(Change.ofKeys("k" + i));
        }
        assertThat(inFlight.get(60, TimeUnit.SECONDS).status())
                .as("it still follows the region")
                .isEqualTo(404);
        closing.get(60, TimeUnit.SECONDS);
        RegionView view = publisher.region("users").get(60, TimeUnit.SECONDS);
        assertThat(view.members()).isEmpty();
    }

    private void startReady(String... namesAndValues) {
        start(namesAndValues);
        await().until(() -> service().isReady());
        await().until(() -> metric("freshet_members{region=\"users\"}") == 1);
    }

    private void start(String... namesAndValues) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("redis.uri", redis.uri());
        settings.put("redis.command-timeout", "20s");
        settings.put("http.port", "0");
        settings.put("http.min-position-wait", "30s");
        settings.put("management.host", "127.0.0.1");
        settings.put("management.port", "0");
        settings.put("heartbeat", "250ms");
        settings.put("regions.users.unconfirmed.after", "1h");
        settings.put("regions.careful.unconfirmed.after", "1h");
        settings.put("regions.careful.unconfirmed.policy", "bypass");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            settings.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        String[] all = settings.entrySet().stream()
                .flatMap(setting -> Stream.of(setting.getKey(), setting.getValue()))
                .toArray(String[]::new);
        service = Service.start(new SubscriberApplication(), Configuration.of(all));
        http = new RawHttp(service().port());
        management = new RawHttp(service().managementPort());
    }

    private Service service() {
        Service started = service;
        if (started == null) {
            throw new IllegalStateException("not started");
        }
        return started;
    }

    private Receipt publish(Change change) {
        return publisher
                .publish("users", change)
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    private void fill(String path, String value, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        all.add("Lease");
        all.add(http.get(path).required("Lease"));
        Answer stored = http.put(path, value, all.toArray(String[]::new));
        assertThat(stored.status()).as(stored.toString()).isEqualTo(204);
    }

    private void awaitMiss(String path) {
        await().until(() -> http.get(path).status() == 404);
    }

    private double metric(String series) {
        return management
                .get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no series " + series));
    }
}
