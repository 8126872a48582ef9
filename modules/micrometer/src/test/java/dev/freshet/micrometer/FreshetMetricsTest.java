package dev.freshet.micrometer;

import static dev.freshet.fixtures.TestClients.patient;
import static dev.freshet.micrometer.Clients.meters;
import static dev.freshet.micrometer.Clients.options;
import static dev.freshet.micrometer.Clients.ready;
import static dev.freshet.micrometer.Clients.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.Published;
import dev.freshet.Region;
import dev.freshet.bus.Change;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.fixtures.TestClients;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An application that has everything in one process and one registry. */
class FreshetMetricsTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<Freshet> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(Freshet::close);
    }

    private Freshet connect(FreshetConfig config) {
        Freshet freshet = Freshet.connect(config);
        open.add(freshet);
        return freshet;
    }

    private Freshet connect(FreshetMetrics metrics) {
        return connect(patient(REDIS.uri()).withObserver(metrics));
    }

    private Freshet connect() {
        return connect(FreshetMetrics.of(registry));
    }

    // ---- What is counted

    @Test
    void eachThingThatHappensCountsOnceAndOnItsSide() {
        Region<String> users = ready(connect(), "users");
        users.get("user:1", (key, load) -> "Ada");
        users.get("user:1", (key, load) -> "Ada");
        users.get("user:1", (key, load) -> "Ada");
        assertThat(users.invalidate(Change.builder()
                        .keys("user:1")
                        .changedAt(Instant.now().minusSeconds(60))
                        .build()))
                .isInstanceOf(Published.Logged.class);

        for (String side : List.of("publisher", "subscriber")) {
            await(side).until(() -> value(registry, "freshet.records", "region", "users", "side", side) == 1);
            assertThat(value(registry, "freshet.invalidations", "region", "users", "side", side))
                    .isEqualTo(1);
        }
        assertThat(value(registry, "cache.gets", "cache", "users", "result", "hit"))
                .isEqualTo(2);
        assertThat(value(registry, "cache.gets", "cache", "users", "result", "miss"))
                .isEqualTo(1);
        assertThat(value(registry, "cache.puts", "cache", "users")).isEqualTo(1);
        assertThat(value(registry, "cache.size", "cache", "users")).isZero();
        assertThat(value(registry, "freshet.evictions", "region", "users", "selector", "key"))
                .isEqualTo(1);
        assertThat(value(registry, "freshet.confirmed", "region", "users")).isEqualTo(1);
        assertThat(value(registry, "freshet.promise.kept", "region", "users", "promise", "nothing_lost"))
                .isEqualTo(1);
        assertThat(value(registry, "freshet.promise.kept", "region", "users", "promise", "nothing_comes_back"))
                .isEqualTo(1);
        assertThat(value(registry, "freshet.unconfirmed", "region", "users")).isLessThan(60);
        await().until(() -> value(registry, "freshet.members", "region", "users") == 1);
        assertThat(value(registry, "freshet.client.logged")).isEqualTo(1);
        assertThat(value(registry, "freshet.client.queued")).isZero();
        assertThat(value(registry, "freshet.redis.misconfigured", "side", "publisher"))
                .isZero();
        assertThat(value(registry, "freshet.redis.misconfigured", "side", "subscriber"))
                .isZero();
        assertThat(value(registry, "freshet.clock.error", "side", "subscriber")).isPositive();
    }

    @Test
    void theStaleWindowIsRecordedInItsStages() {
        Region<String> users = ready(connect(), "users");
        users.invalidate(Change.builder()
                .keys("user:1", "user:2")
                .changedAt(Instant.now().minusSeconds(60))
                .build());

        await().untilAsserted(() -> {
            for (Stage stage : Stage.values()) {
                assertThat(registry.get("freshet.stale.window")
                                .tags("region", "users", "stage", stage.label())
                                .timer()
                                .count())
                        .as(stage.label())
                        .isEqualTo((long) value(registry, "freshet.invalidations", "side", "subscriber"))
                        .isPositive();
            }
        });
        for (Stage stage : List.of(Stage.SOURCE, Stage.TOTAL)) {
            assertThat(registry.get("freshet.stale.window")
                            .tags("stage", stage.label())
                            .timer()
                            .mean(TimeUnit.SECONDS))
                    .as("begins with the change")
                    .isGreaterThan(50);
        }
    }

    @Test
    void whatDoesNotFitIsAnEvictionAndSoIsWhatIsReset() {
        Region<String> users = ready(connect(), "users");
        for (int i = 0; i < 1_000; i++) {
            users.get("user:" + i, (key, load) -> key);
        }
        await().untilAsserted(() -> assertThat(value(registry, "cache.evictions", "cache", "users"))
                .isPositive()
                .isEqualTo((double) users.stats().evictedForSize()));

        REDIS.server().flushAll();

        await().until(() -> value(registry, "freshet.resets", "region", "users", "reason", "epoch") >= 1);
    }

    @Test
    void theTiersCountsAreThereAsLongAsTheRegionIs() {
        Freshet freshet = connect();
        Region<String> users = ready(freshet, "users", options().tier(TestClients.TEXT, Duration.ofHours(1)));
        Region<String> untiered = ready(freshet, "untiered");
        users.get("user:1", (key, load) -> "Ada");
        users.evictLocally(Selector.keys("user:2"));
        System.gc(); // the meters keep nothing alive that is needed, and need nothing that is not kept alive

        await().until(() -> value(registry, "freshet.tier.stores", "region", "users", "result", "stored") == 1);
        assertThat(value(registry, "freshet.tier.reads", "region", "users", "result", "miss"))
                .isEqualTo(1);
        assertThat(registry.get("freshet.tier.call")
                        .tag("region", "users")
                        .functionTimer()
                        .count())
                .isGreaterThanOrEqualTo(2);
        assertThat(registry.find("freshet.tier.call")
                        .tag("region", untiered.name())
                        .meters())
                .isEmpty();
    }

    @Test
    void whatRedisDoesNotAcknowledgeShowsInTheQueue() {
        Freshet freshet = connect(FreshetConfig.of(TestClients.NOBODY)
                .withTimeout(Duration.ofMillis(1))
                .withCloseTimeout(Duration.ZERO)
                .withObserver(FreshetMetrics.of(registry)));
        Region<String> users = freshet.region("users", options());

        assertThat(users.invalidate("user:1")).isInstanceOf(Published.Queued.class);

        assertThat(value(registry, "freshet.client.queued")).isEqualTo(1);
        assertThat(value(registry, "freshet.client.queue.changes")).isEqualTo(1);
        assertThat(value(registry, "freshet.client.queue.oldest")).isPositive();
        assertThat(value(registry, "freshet.confirmed", "region", "users")).isZero();
        assertThat(value(registry, "freshet.clock.error", "side", "publisher")).isNaN();
        assertThat(value(registry, "freshet.clock.error", "side", "subscriber")).isNaN();
    }

    @Test
    void regionsThatAreNotOpenAreCountedTogetherUnlessTheyAreNamed() {
        Freshet freshet = connect(FreshetMetrics.of(registry).withPublishedRegions("orders"));
        for (String region : List.of("orders", "bills", "letters")) {
            freshet.publisher()
                    .publish(region, Change.ofKeys("key"))
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();
        }

        await().until(() -> value(registry, "freshet.records", "region", "other", "side", "publisher") == 2);
        assertThat(value(registry, "freshet.records", "region", "orders", "side", "publisher"))
                .isEqualTo(1);
        ready(freshet, "orders").close();
        assertThat(value(registry, "freshet.records", "region", "orders", "side", "publisher"))
                .isEqualTo(1);
    }

    @Test
    void keysAndTagsAreNeverLabels() {
        Region<String> users = ready(connect(), "users", options().tier(TestClients.TEXT, Duration.ofHours(1)));
        users.get("secret-key", (key, load) -> {
            load.tags("secret-tag");
            return "secret-value";
        });
        users.invalidate(Change.builder().keys("secret-key").tags("secret-tag").build());

        assertThat(registry.getMeters().stream().map(Meter::getId).flatMap(id -> id.getTags().stream()
                        .map(Tag::getValue)))
                .isNotEmpty()
                .noneMatch(label -> label.contains("secret"));
    }

    // ---- Regions come and go

    @Test
    void theMetersOfARegionGoWhenItIsClosedAndBeginAnewWhenItIsOpenedAgain() {
        Freshet freshet = connect();
        List<String> before = meters(registry);
        Region<String> users = ready(freshet, "users");
        List<String> withUsers = meters(registry);
        users.get("user:1", (key, load) -> "Ada");
        ready(freshet, "products").invalidate("product:1");
        assertThat(meters(registry)).hasSizeGreaterThan(withUsers.size());

        users.close();

        assertThat(meters(registry))
                .anyMatch(meter -> meter.contains("products"))
                .noneMatch(meter -> meter.contains("users"));
        ready(freshet, "users");
        assertThat(meters(registry)).containsAll(withUsers);
        assertThat(value(registry, "cache.gets", "cache", "users", "result", "miss"))
                .isZero();

        freshet.close();

        assertThat(before).isNotEmpty();
        assertThat(meters(registry)).isEmpty();
    }

    @Test
    void aRegionThatIsRefusedLeavesTheMetersAsTheyAre() {
        Freshet freshet = connect();
        Region<String> users = ready(freshet, "users");
        users.get("user:1", (key, load) -> "Ada");
        List<String> before = meters(registry);

        assertThatIllegalStateException().isThrownBy(() -> freshet.region("users", options()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> freshet.region("products", options().softTimeout(Duration.ofSeconds(1))));

        assertThat(meters(registry)).isEqualTo(before);
        assertThat(value(registry, "cache.puts", "cache", "users")).isEqualTo(1);
    }

    // ---- Several in one registry

    @Test
    void aSecondClientInTheRegistryIsRefusedUntilTheFirstIsClosed() {
        Freshet first = connect();
        List<String> meters = meters(registry);
        assertThatIllegalStateException()
                .isThrownBy(this::connect)
                .withMessageContaining("the meters of a publisher already")
                .withMessageContaining("FreshetMetrics.withTags");
        assertThatIllegalStateException()
                .isThrownBy(() -> new SubscriberMeters(registry))
                .withMessageContaining("the meters of a subscriber already");
        assertThat(meters(registry)).isEqualTo(meters);

        first.close();

        connect();
        assertThat(meters(registry)).isEqualTo(meters);
    }

    @Test
    void aRefusedClientLeavesWhatItMightHaveTakenToOthers() {
        try (SubscriberMeters alone = new SubscriberMeters(registry)) {
            assertThatIllegalStateException().isThrownBy(this::connect);
            new PublisherMeters(registry, List.of(), 1).close();
            assertThat(alone).isNotNull();
        }
        assertThat(meters(registry)).isEmpty();
        connect();
    }

    @Test
    void twoClientsWithTagsCountForThemselvesAndCloseForThemselves() {
        Freshet blue = connect(FreshetMetrics.of(registry).withTags("client", "blue"));
        Freshet green = connect(FreshetMetrics.of(registry).withTags("client", "green"));
        Region<String> users = ready(blue, "users");
        ready(green, "users");
        users.get("user:1", (key, load) -> "Ada");
        users.invalidate("user:1");

        for (String client : List.of("blue", "green")) {
            await(client).until(() -> value(registry, "freshet.records", "client", client, "side", "subscriber") == 1);
        }
        assertThat(value(registry, "freshet.records", "client", "blue", "region", "users", "side", "publisher"))
                .isEqualTo(1);
        assertThat(value(registry, "freshet.records", "client", "green", "region", "users", "side", "publisher"))
                .isZero();
        assertThat(value(registry, "cache.puts", "client", "green")).isZero();

        blue.close();

        assertThat(meters(registry)).isNotEmpty().allMatch(meter -> meter.contains("green"));
    }

    /** Spring Boot gives its caches the keys cache, cache.manager and name; Prometheus refuses others for the same name. */
    @Test
    void metersOfEveryCacheCanHaveTheKeysThatOthersGiveThem() {
        Freshet freshet = connect(FreshetMetrics.of(registry)
                .withCacheTags(region -> Tags.of("cache.manager", "cacheManager", "name", "of-" + region)));
        ready(freshet, "users").get("user:1", (key, load) -> "Ada");

        assertThat(value(registry, "cache.puts", "cache", "users", "cache.manager", "cacheManager", "name", "of-users"))
                .isEqualTo(1);
        assertThat(registry.get("freshet.leases").gauge().getId().getTags())
                .extracting(Tag::getKey)
                .containsExactly("region");
    }

    // ---- Listeners of the application

    @Test
    void theListenersOfTheApplicationAreCalledAsBeforeAlsoIfTheyThrow() {
        AtomicInteger appended = new AtomicInteger();
        AtomicInteger applied = new AtomicInteger();
        Freshet freshet = connect(patient(REDIS.uri())
                .withObserver(FreshetMetrics.of(registry))
                .withListeners(
                        new PublisherListener() {
                            @Override
                            public void appended(String region, int records, int invalidations, long elapsedNanos) {
                                appended.incrementAndGet();
                                throw new IllegalStateException("on purpose");
                            }
                        },
                        new SubscriberListener() {
                            @Override
                            public void applied(
                                    String region,
                                    LoggedRecord record,
                                    long receivedAtMicros,
                                    long evictedAtMicros,
                                    boolean replayed) {
                                applied.incrementAndGet();
                                throw new AssertionError("on purpose");
                            }
                        }));
        Region<String> users = ready(freshet, "users");

        users.invalidate("user:1");

        for (String side : List.of("publisher", "subscriber")) {
            await(side).until(() -> value(registry, "freshet.records", "region", "users", "side", side) == 1);
            await(side)
                    .until(() ->
                            value(registry, "freshet.foreign.code.failures", "code", "listener", "side", side) == 1);
        }
        assertThat(appended).hasValue(1);
        assertThat(applied).hasValue(1);
    }
}
