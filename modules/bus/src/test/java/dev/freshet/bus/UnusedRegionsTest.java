package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.admin.RegionInventory;
import dev.freshet.bus.admin.RegionInventory.Fate;
import dev.freshet.bus.internal.append.RedisPublisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever invents names of regions does not fill Redis: there are only so many, and those that nobody uses go. */
class UnusedRegionsTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private <T extends AutoCloseable> T closing(T opened) {
        open.add(opened);
        return opened;
    }

    private Publisher publisher(int maximumRegions) {
        return closing(Publisher.connect(Patient.publisher(REDIS.uri()).withMaximumRegions(maximumRegions)));
    }

    private Subscriber follow(String region, RegionReader reader) {
        Subscriber subscriber = closing(Subscriber.connect(Patient.subscriber(REDIS.uri()), Map.of(region, reader)));
        await().until(subscriber::isCaughtUp);
        return subscriber;
    }

    private static UnavailableException refusal(CompletableFuture<Receipt> published) {
        return (UnavailableException)
                Objects.requireNonNull(catchThrowable(published::join).getCause());
    }

    private static boolean exists(String region) {
        return REDIS.server().execute("EXISTS", "freshet:{" + region + "}:head").equals("1");
    }

    // --- the bound ---

    @Test
    void aFurtherRegionIsRefusedAndTheOthersAreNot() {
        List<Reason> refused = new CopyOnWriteArrayList<>();
        Publisher publisher = closing(
                Publisher.connect(Patient.publisher(REDIS.uri()).withMaximumRegions(3), new PublisherListener() {
                    @Override
                    public void refused(Reason reason, int changes) {
                        refused.add(reason);
                    }
                }));
        for (int i = 0; i < 3; i++) {
            publisher.publish("known-" + i, Change.ofKeys("k")).join();
        }
        // Twice, since the second one might go another way.
        for (int i = 0; i < 2; i++) {
            UnavailableException refusal = refusal(publisher.publish("invented", Change.ofKeys("k")));
            assertThat(refusal.reason()).isEqualTo(Reason.TOO_MANY_REGIONS);
            assertThat(refusal.mayHaveBeenAppended()).isFalse();
            assertThat(refusal).hasMessageContaining("invented").hasMessageContaining("log.maximum-regions");
        }
        await().until(() -> refused.size() == 2); // the listener is told after the caller
        assertThat(refused).containsOnly(Reason.TOO_MANY_REGIONS);
        assertThat(exists("invented")).isFalse();
        assertThat(publisher.regions().join()).doesNotContain("invented");
        for (int i = 0; i < 3; i++) {
            publisher.publish("known-" + i, Change.ofKeys("k")).join();
        }
        // Another publisher knows none of them, and finds that they exist.
        publisher(3).publish("known-1", Change.ofKeys("k")).join();
    }

    @Test
    void aRegionThatSomebodyFollowsIsNeverRefused() {
        RecordingReader reader = new RecordingReader();
        publisher(1).publish("first", Change.ofKeys("k")).join();
        follow("followed", reader);
        publisher(1).publish("followed", Change.ofKeys("k")).join();
        await().until(() -> reader.keys().contains("k"));
    }

    @Test
    void aBurstOfInventedNamesIsBoundedToo() {
        Publisher publisher = publisher(10);
        publisher.publish("first", Change.ofKeys("k")).join();
        List<CompletableFuture<Receipt>> burst = IntStream.range(0, 300)
                .mapToObj(i -> publisher.publish("invented-" + i, Change.ofKeys("k")))
                .toList();
        burst.forEach(one -> one.exceptionally(fault -> null).join());
        assertThat(burst.stream().filter(one -> !one.isCompletedExceptionally()).count())
                .isLessThanOrEqualTo(9);
        assertThat(IntStream.range(0, 300).filter(i -> exists("invented-" + i)).count())
                .isLessThanOrEqualTo(9);
    }

    @Test
    void whereOneWasRemovedAnotherMayBegin() {
        Publisher publisher = publisher(1);
        publisher.publish("one", Change.ofKeys("k")).join();
        assertThat(refusal(publisher.publish("two", Change.ofKeys("k"))).reason())
                .isEqualTo(Reason.TOO_MANY_REGIONS);

        try (RegionInventory inventory = RegionInventory.open(RedisConfig.of(REDIS.uri()))) {
            assertThat(inventory.remove("one", Duration.ZERO)).isEqualTo(Fate.REMOVED);
        }
        publisher.publish("two", Change.ofKeys("k")).join();
        assertThat(publisher.regions().join()).containsExactly("two");
    }

    // --- removal ---

    @Test
    void aRegionThatSomebodyFollowsIsNotRemoved() {
        RecordingReader reader = new RecordingReader();
        Subscriber subscriber = follow("followed", reader);
        try (RegionInventory inventory = RegionInventory.open(RedisConfig.of(REDIS.uri()))) {
            assertThat(inventory.use("followed").fate()).isEqualTo(Fate.FOLLOWED);
            assertThat(inventory.remove("followed", Duration.ZERO)).isEqualTo(Fate.FOLLOWED);
            assertThat(exists("followed")).isTrue();

            // Its row says that it was there lately: it may come back, and go on where it was.
            REDIS.server().execute("HSET", "freshet:{away}:members", "m", "seen=" + nowMicros() + " gone=60000000");
            REDIS.server().execute("HSET", "freshet:{unreadable}:members", "m", "what is this");
            assertThat(inventory.remove("away", Duration.ZERO)).isEqualTo(Fate.FOLLOWED);
            assertThat(inventory.remove("unreadable", Duration.ZERO)).isEqualTo(Fate.FOLLOWED);

            subscriber.close();
            assertThat(inventory.remove("followed", Duration.ofDays(1))).isEqualTo(Fate.USED);
            assertThat(inventory.remove("followed", Duration.ZERO)).isEqualTo(Fate.REMOVED);
        }
        assertThat(REDIS.server().execute("KEYS", "freshet:{followed}:*")).isEqualTo("");
    }

    private static String nowMicros() {
        String[] time = REDIS.server().execute("TIME").split("\\s+", -1);
        return time[0] + "0".repeat(6 - time[1].length()) + time[1];
    }

    @Test
    void whatIsRemovedAndUsedAgainIsListedAgainAndASubscriberBeginsAnew() {
        Publisher publisher = publisher(10);
        Receipt before = publisher.publish("users", Change.ofKeys("k")).join();
        try (RegionInventory inventory = RegionInventory.open(RedisConfig.of(REDIS.uri()))) {
            RegionInventory.Use use = inventory.use("users");
            assertThat(use.fate()).isEqualTo(Fate.UNUSED);
            assertThat(use.logBytes().getAsLong()).isPositive();
            assertThat(use.sinceLastAppendMicros()).isPresent();
            assertThat(inventory.remove("users", Duration.ZERO)).isEqualTo(Fate.REMOVED);
        }
        assertThat(publisher.regions().join()).isEmpty();

        Receipt after = publisher.publish("users", Change.ofKeys("k")).join();
        assertThat(after.position().epoch()).isNotEqualTo(before.position().epoch());
        await().until(() -> publisher.regions().join().contains("users"));
    }

    /** Whoever removes a region may be killed after it took it from the set, and before it saw that the region began again. */
    @Test
    void aRegionInUseThatIsNotListedIsListedAgain() {
        AtomicLong ahead = new AtomicLong();
        TimeSource time = new TimeSource() {
            @Override
            public long nanoTime() {
                return System.nanoTime() + ahead.get();
            }

            @Override
            public long wallMicros() {
                return TimeSource.SYSTEM.wallMicros();
            }
        };
        Publisher publisher =
                closing(RedisPublisher.start(Patient.publisher(REDIS.uri()), PublisherListener.NONE, time));
        publisher.publish("users", Change.ofKeys("k")).join();
        await().until(() -> publisher.regions().join().contains("users"));
        REDIS.server().execute("SREM", "freshet:regions", "users");
        publisher.publish("users", Change.ofKeys("k")).join();
        assertThat(publisher.regions().join()).isEmpty();

        ahead.set(Duration.ofMinutes(10).toNanos());
        await().until(() -> {
            publisher.publish("users", Change.ofKeys("k")).join();
            return publisher.regions().join().contains("users");
        });
    }

    // --- expiry ---

    @Test
    void whatNobodyUsesExpiresAndWhatSomebodyFollowsDoesNot() {
        List<String> expired = new CopyOnWriteArrayList<>();
        RecordingReader reader = new RecordingReader();
        follow("followed", reader);
        publisher(10).publish("unused", Change.ofKeys("k")).join();
        publisher(10).publish("also-unused", Change.ofKeys("k")).join();
        closing(Publisher.connect(
                Patient.publisher(REDIS.uri()).withRegionExpiry(Duration.ofMillis(100)), new PublisherListener() {
                    @Override
                    public void regionExpired(String region) {
                        expired.add(region);
                    }
                }));
        await().until(() -> expired.containsAll(List.of("unused", "also-unused")));
        // It looked at all regions again after that.
        publisher(10).publish("third", Change.ofKeys("k")).join();
        await().until(() -> expired.contains("third"));

        assertThat(expired).containsExactlyInAnyOrder("unused", "also-unused", "third");
        assertThat(exists("unused")).isFalse();
        assertThat(exists("followed")).isTrue();
        assertThat(reader.events()).containsExactly("joined");
    }

    /** A clock that is set forward makes all rows look old, until their members write them again: each at its own pace. */
    @Test
    void aRegionWhoseMembersLookGoneStaysForAsLongAsOneTakesToWriteItsRow() {
        long longAgoMicros = Long.parseLong(nowMicros()) - Duration.ofHours(2).toNanos() / 1_000;
        REDIS.server().execute("SADD", "freshet:regions", "jumped");
        REDIS.server()
                .execute("HSET", "freshet:{jumped}:members", "m", "seen=" + longAgoMicros + " gone=" + 600_000_000);
        List<String> expired = new CopyOnWriteArrayList<>();
        closing(Publisher.connect(
                Patient.publisher(REDIS.uri()).withRegionExpiry(Duration.ofMillis(100)), new PublisherListener() {
                    @Override
                    public void regionExpired(String region) {
                        expired.add(region);
                    }
                }));
        Publisher other = publisher(10);
        for (int i = 0; i < 3; i++) {
            String unused = "unused-" + i;
            other.publish(unused, Change.ofKeys("k")).join();
            await().until(() -> expired.contains(unused));
        }
        assertThat(expired).doesNotContain("jumped");
        assertThat(REDIS.server().execute("EXISTS", "freshet:{jumped}:members")).isEqualTo("1");
    }

    /** Whoever may not read the members' rows, the head or the log knows nothing of who uses a region. */
    @ParameterizedTest
    @ValueSource(strings = {"hgetall", "hmget", "xrange"})
    void aRegionIsNotRemovedByOneWhoMayNotSeeWhetherItIsUsed(String command) {
        follow("followed", new RecordingReader());
        publisher(10).publish("followed", Change.ofKeys("k")).join();
        publisher(10).publish("used", Change.ofKeys("k")).join();
        REDIS.server()
                .execute("ACL", "SETUSER", "blind", "on", ">pw", "~*", "resetchannels", "&*", "+@all", "-" + command);
        String uri = REDIS.uri().replace("redis://", "redis://blind:pw@");
        try (RegionInventory inventory = RegionInventory.open(RedisConfig.of(uri))) {
            for (String region : List.of("followed", "used")) {
                assertThatThrownBy(() -> inventory.remove(region, Duration.ofDays(1)))
                        .isInstanceOf(BusException.class)
                        .hasMessageContaining("NOPERM")
                        .message()
                        .containsIgnoringCase(command);
                assertThat(exists(region)).isTrue();
            }
        }
    }

    @Test
    void whatIsInThePlaceOfTheMembersDoesNotEndTheirRegion() {
        REDIS.server().execute("SET", "freshet:{overwritten}:members", "another program's");
        try (RegionInventory inventory = RegionInventory.open(RedisConfig.of(REDIS.uri()))) {
            assertThat(inventory.remove("overwritten", Duration.ZERO)).isEqualTo(Fate.FOLLOWED);
        }
    }
}
