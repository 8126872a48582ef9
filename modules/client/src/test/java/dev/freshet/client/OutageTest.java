package dev.freshet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.FreshetStats;
import dev.freshet.OnFailure;
import dev.freshet.Published;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.bus.BusException;
import dev.freshet.bus.Change;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.TooBroadException;
import dev.freshet.bus.UnavailableException;
import dev.freshet.fixtures.TestClients;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Redis is unavailable while changes are made: nothing is lost, and nothing is said to be logged that is not. */
class OutageTest {

    private static final int KEYS = 20;

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<AutoCloseable> open = new ArrayList<>();
    private final Map<String, Integer> database = new ConcurrentHashMap<>();
    private FaultProxy proxy = FaultProxy.to("127.0.0.1", 1);

    @BeforeEach
    void start() {
        proxy.close();
        proxy = FaultProxy.to(REDIS.server());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        proxy.close();
    }

    private Freshet connect(FreshetConfig config) {
        Freshet freshet = Freshet.connect(config);
        open.add(freshet);
        return freshet;
    }

    private String read(Region<String> users, String key) {
        return String.valueOf(users.get(key, (missed, load) -> String.valueOf(database.get(missed))));
    }

    /** On a slow machine the timeouts of these tests are too short now and then: then it is said again. */
    private static Receipt logged(Region<String> region) {
        return await().until(
                        () -> region.invalidate("user:last") instanceof Published.Logged it ? it : null,
                        Objects::nonNull)
                .at();
    }

    private void write(String key, int value) {
        database.put(key, value);
    }

    private void assertNothingStale(Region<String> users) {
        for (int i = 0; i < KEYS; i++) {
            String key = "user:" + i;
            assertThat(read(users, key)).as(key).isEqualTo(String.valueOf(database.get(key)));
        }
    }

    /** How Redis is unavailable, and available again. */
    enum Outage {
        /** It restarts empty: another epoch. */
        STOPPED {
            @Override
            void begin(FaultProxy proxy) {
                REDIS.server().stop();
            }

            @Override
            void end(FaultProxy proxy) {
                REDIS.server().start();
            }
        },
        /** Connections break, and no new one is made: the log goes on. */
        CUT {
            @Override
            void begin(FaultProxy proxy) {
                proxy.cut();
            }

            @Override
            void end(FaultProxy proxy) {
                proxy.heal();
            }
        },
        /** Nothing is answered, on connections that stay. */
        SILENT {
            @Override
            void begin(FaultProxy proxy) {
                REDIS.server().pause();
            }

            @Override
            void end(FaultProxy proxy) {
                REDIS.server().resume();
            }
        };

        abstract void begin(FaultProxy proxy);

        abstract void end(FaultProxy proxy);
    }

    @ParameterizedTest
    @EnumSource
    void redisIsUnavailableUnderWrites(Outage outage) {
        outage(outage, Duration.ofSeconds(3));
    }

    @Test
    @Tag("ci")
    void redisIsStoppedForTenSecondsUnderWrites() {
        outage(Outage.STOPPED, Duration.ofSeconds(10));
    }

    /** Writes by one thread, each of which reads what it wrote, here and at another replica: before, in and after an outage. */
    private void outage(Outage outage, Duration length) {
        Freshet one = connect(TestClients.quick(proxy.redisUri()));
        Freshet two = connect(TestClients.quick(proxy.redisUri()));
        Region<String> writer = Client.users(one, options -> options.tier(TestClients.TEXT, Duration.ofHours(1)));
        Region<String> reader = Client.users(two, options -> options.tier(TestClients.TEXT, Duration.ofHours(1)));
        Tally tally = new Tally();
        for (int i = 0; i < KEYS; i++) {
            tally.add(written(writer, reader, i, 0), true);
        }
        outage.begin(proxy);
        long endNanos = System.nanoTime() + length.toNanos();
        for (int round = 1; System.nanoTime() - endNanos < 0; round++) {
            tally.add(written(writer, reader, round % 4, round), false);
        }
        outage.end(proxy);
        for (int i = 0; i < KEYS; i++) {
            tally.add(written(writer, reader, i, -1), true);
        }

        await().untilAsserted(() -> assertThat(one.stats().queueChanges()).isZero());
        FreshetStats stats = one.stats();
        assertThat(stats.queued()).isEqualTo(tally.queued).isPositive();
        assertThat(stats.queueDrained()).isEqualTo(tally.queued);
        assertThat(stats.logged()).isEqualTo(tally.logged.size());
        assertThat(stats.queueOldestNanos()).isZero();
        Receipt last = logged(writer);
        await().until(() -> reader.awaitApplied(last, Duration.ofSeconds(1)).join());
        for (Receipt receipt : tally.logged) {
            assertThat(reader.awaitApplied(receipt, Duration.ofSeconds(30)).join())
                    .as("%s is in the log", receipt)
                    .isTrue();
        }
        assertNothingStale(writer);
        assertNothingStale(reader);
    }

    private Published written(Region<String> writer, Region<String> reader, int number, int value) {
        String key = "user:" + number;
        write(key, value);
        Published published = writer.invalidate(key);
        assertThat(read(writer, key)).as("read here, %s", published).isEqualTo(String.valueOf(value));
        read(reader, key);
        return published;
    }

    /** What the writer was told. */
    private static final class Tally {
        private final List<Receipt> logged = new ArrayList<>();
        private int queued;

        void add(Published published, boolean mayBeLogged) {
            if (published instanceof Published.Logged it) {
                assertThat(mayBeLogged).as("%s in the outage", it).isTrue();
                logged.add(it.at());
            } else {
                queued++;
            }
        }
    }

    @Test
    void whatIsQueuedIsNeverTakenForSuccess() {
        Freshet freshet = connect(TestClients.quick(TestClients.NOBODY));
        Region<String> users = freshet.region("users", RegionOptions.maximumEntries(10));
        users.get("user:1", (key, load) -> "Ada");

        Published published = users.invalidate("user:1");

        assertThat(published).isInstanceOfSatisfying(Published.Queued.class, queued -> assertThat(queued.why())
                .isInstanceOf(UnavailableException.class));
        assertThatExceptionOfType(BusException.class)
                .isThrownBy(published::orThrow)
                .withMessageContaining("is not in the log");
        assertThat(users.getIfPresent("user:1")).as("evicted here").isNull();
        assertThat(users.invalidateAsync(Change.ofKeys("user:1")).join()).isInstanceOf(Published.Queued.class);
        assertThat(freshet.stats().queued()).isEqualTo(2);
        assertThat(freshet.stats().logged()).isZero();
    }

    @Test
    void whoeverWantsTheFaultGetsIt() {
        Freshet freshet = connect(TestClients.quick(TestClients.NOBODY).withOnFailure(OnFailure.THROW));
        Region<String> users = freshet.region("users", RegionOptions.maximumEntries(10));
        users.get("user:1", (key, load) -> "Ada");
        assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> users.invalidate("user:1"));
        assertThat(users.getIfPresent("user:1")).as("evicted here").isNull();
        assertThatThrownBy(() -> users.invalidateAsync(Change.ofKeys("user:1")).join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(UnavailableException.class);
        assertThat(freshet.stats().queued()).isZero();
    }

    @Test
    void aWriteWhoseInvalidationIsNotLoggedSaysSoAndIsRepeated() throws Exception {
        Freshet one = connect(TestClients.quick(proxy.redisUri()));
        Region<String> users = Client.users(one);
        Region<String> reader = Client.users(connect(TestClients.quick(REDIS.uri())));
        for (String key : List.of("user:1", "user:2")) {
            write(key, 1);
            read(reader, key);
        }
        proxy.cut();
        assertThat(users.write("user:1", "2", write -> write("user:1", 2)).isPublished())
                .isFalse();
        assertThatThrownBy(() -> users.write("user:2", "2", write -> {
                    write("user:2", 2);
                    throw new IllegalStateException("the commit's answer was lost");
                }))
                .hasMessage("the commit's answer was lost");
        assertThat(one.stats().queueChanges()).isEqualTo(2);
        proxy.heal();
        await().untilAsserted(() ->
                assertThat(read(reader, "user:1") + read(reader, "user:2")).isEqualTo("22"));
    }

    @Test
    void ifThereIsNoRoomTheWholeRegionIsInvalidated() {
        Freshet one = connect(TestClients.quick(proxy.redisUri()).withQueue(3));
        Region<String> users = Client.users(one);
        Region<String> products = one.region("products", RegionOptions.maximumEntries(10));
        Region<String> reader = Client.users(connect(TestClients.quick(REDIS.uri())));
        for (int i = 0; i < KEYS; i++) {
            write("user:" + i, 1);
            read(reader, "user:" + i);
        }
        proxy.cut();
        for (int i = 0; i < KEYS; i++) {
            write("user:" + i, 2);
            users.invalidate("user:" + i);
            assertThat(one.stats().queueChanges()).isLessThanOrEqualTo(3);
        }
        products.invalidate("product:1");
        assertThat(one.stats().queueOverflows()).isPositive();
        assertThat(one.stats().queueOldestNanos()).isPositive();
        proxy.heal();
        await().untilAsserted(() -> assertThat(one.stats().queueChanges()).isZero());
        assertThat(reader.awaitApplied(logged(users), Duration.ofSeconds(30)).join())
                .isTrue();
        assertNothingStale(reader);
    }

    /** Else a few keys that are written again and again would empty every replica's cache. */
    @Test
    void whatIsSaidAgainTakesNoRoomAndIsSentAgain() {
        Freshet one = connect(TestClients.quick(proxy.redisUri()).withQueue(4));
        Region<String> users = Client.users(one);
        Region<String> reader = Client.users(connect(TestClients.quick(REDIS.uri())));
        for (int i = 0; i < KEYS; i++) {
            write("user:" + i, 1);
            read(reader, "user:" + i);
        }
        proxy.cut();
        for (int value = 2; value < 60; value++) {
            for (String key : List.of("user:1", "user:2")) {
                database.put(key, value);
                users.invalidate(key);
            }
            assertThat(one.stats().queueChanges())
                    .as("of each key, one waits and one is being sent")
                    .isLessThanOrEqualTo(4);
        }
        database.put("user:3", 2); // without a word, so that only a broad invalidation would show it
        proxy.heal();
        await().untilAsserted(() -> assertThat(one.stats().queueChanges()).isZero());
        assertThat(reader.awaitApplied(logged(users), Duration.ofSeconds(30)).join())
                .isTrue();
        assertThat(read(reader, "user:1") + read(reader, "user:2")).isEqualTo("5959");
        assertThat(read(reader, "user:3")).as("what nobody named").isEqualTo("1");
        FreshetStats stats = one.stats();
        assertThat(stats.queueOverflows()).isZero();
        assertThat(stats.queued()).isEqualTo(2 * 58);
        assertThat(stats.queueDrained()).isEqualTo(stats.queued());
    }

    @Test
    void closingPublishesWhatWaits() {
        Freshet one = Freshet.connect(TestClients.quick(proxy.redisUri()).withCloseTimeout(Duration.ofMinutes(1)));
        Region<String> users = Client.users(one);
        Region<String> reader = Client.users(connect(TestClients.quick(REDIS.uri())));
        write("user:1", 1);
        read(reader, "user:1");
        proxy.cut();
        write("user:1", 2);
        users.invalidate("user:1");
        proxy.heal();

        one.close();

        assertThat(one.stats().queueLost()).isZero();
        assertThat(one.stats().queueDrained()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(read(reader, "user:1")).isEqualTo("2"));
    }

    @Test
    void whatCannotBePublishedBeforeTheEndIsCountedAsLost() {
        Freshet freshet =
                Freshet.connect(TestClients.quick(TestClients.NOBODY).withCloseTimeout(Duration.ofMillis(200)));
        Region<String> users = freshet.region("users", RegionOptions.maximumEntries(10));
        users.invalidate("user:1");
        users.invalidate(Change.of(Selector.all()));
        freshet.close();
        assertThat(freshet.stats().queueLost()).isEqualTo(2);
    }

    @Test
    void whatARegionsLimitForbidsIsNotQueued() {
        Freshet freshet = connect(
                TestClients.patient(REDIS.uri()).withPublisher(it -> it.withBroadLimit(1, Duration.ofSeconds(20))));
        Region<String> users = Client.users(freshet);
        for (int i = 0; i < 3; i++) {
            users.get("user:" + i, (key, load) -> {
                load.tags("team:7");
                return "Ada";
            });
        }
        Region<String> reader = Client.users(connect(TestClients.patient(REDIS.uri())));
        for (int i = 0; i < 3; i++) {
            reader.get("user:" + i, (key, load) -> {
                load.tags("team:7");
                return "Ada";
            });
        }
        assertThatExceptionOfType(TooBroadException.class)
                .isThrownBy(() -> users.invalidate(Change.of(Selector.tags("team:7"))));
        assertThat(reader.getIfPresent("user:1")).isEqualTo("Ada");
        assertThat(freshet.stats().queued()).isZero();
    }
}
