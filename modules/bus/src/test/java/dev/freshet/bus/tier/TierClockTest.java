package dev.freshet.bus.tier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The invariant: whatever the clock of Redis does, no value is readable that an invalidation concerned; and none lives longer than
 * it was stored for, by more than the second that a clock may be corrected by.
 */
class TierClockTest {

    private static final Duration LONGEST = Duration.ofHours(1);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private final RedisNames names = new RedisNames("users");
    private Publisher publisher = Publisher.connect(PublisherConfig.of("redis://127.0.0.1:1"));
    private RedisTier.Region region =
            RedisTier.connect(RedisTierConfig.of("redis://127.0.0.1:1")).region("users", LONGEST);
    private MovedClock clock = new MovedClock(REDIS.server(), names, List.of());

    @BeforeEach
    void start() {
        publisher.close();
        publisher = open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
        region = open.closing(RedisTier.connect(Patient.tier(REDIS.uri()))).region("users", LONGEST);
        clock = new MovedClock(REDIS.server(), names, List.of("user:1", "user:2", "user:3"));
        publish("begin");
    }

    private void publish(String key) {
        publisher.publish("users", Change.ofKeys(key)).join();
    }

    private void publishTag() {
        publisher.publish("users", Change.builder().tags("team:7").build()).join();
    }

    private TierLease lease(String key) {
        TierRead read = region.read(key).join();
        assertThat(read).isInstanceOf(TierRead.Absent.class);
        return ((TierRead.Absent) read).lease();
    }

    private static TierValue value(String text) {
        return TierValue.of(text.getBytes(StandardCharsets.UTF_8), List.of("team:7"), OptionalLong.empty());
    }

    private void store(String key) {
        assertThat(region.store(key, lease(key), value("v"), LONGEST).join()).isEqualTo(TierStored.STORED);
    }

    private boolean isThere(String key) {
        return region.read(key).join() instanceof TierRead.Found;
    }

    @Test
    void anInvalidatedValueStaysUnreadableThoughTheClockWasSetBackAndItsFenceIsGone() {
        lease("user:1");
        clock.moveBy(Duration.ofHours(10));
        store("user:1"); // ends at 11:00
        clock.moveBy(Duration.ofHours(-9)); // 1:00, which no append has seen pass
        publishTag();
        clock.moveBy(Duration.ofMinutes(70));
        publish("one generation later");
        clock.moveBy(Duration.ofMinutes(70));
        publish("and the next");
        clock.moveBy(Duration.ofMinutes(400)); // 10:00
        assertThat(isThere("user:1")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {-3_600, -600, -61, -2, 2, 61, 600, 3_500})
    void afterAnyStepOfTheClockAnInvalidatedValueIsUnreadableAndStoresOfLoadsBeforeAreRefused(long seconds) {
        store("user:1");
        TierLease lease = lease("user:2");
        publishTag();
        clock.moveBy(Duration.ofSeconds(seconds));

        assertThat(isThere("user:1")).isFalse();
        assertThat(region.store("user:2", lease, value("old"), LONGEST).join())
                .isIn(TierStored.INVALIDATED, TierStored.EXPIRED);
        clock.moveBy(Duration.ofSeconds(-seconds));
        assertThat(isThere("user:1")).isFalse();
        assertThat(region.store("user:2", lease, value("old"), LONGEST).join())
                .isIn(TierStored.INVALIDATED, TierStored.EXPIRED);
    }

    @ParameterizedTest
    @ValueSource(longs = {-3_600, -600, -61, -2})
    void anInvalidationAfterTheClockWasSetBackHolds(long seconds) {
        store("user:1");
        TierLease lease = MovedClock.moved(lease("user:2"), Duration.ofSeconds(seconds));
        clock.moveBy(Duration.ofSeconds(seconds));
        publishTag();
        clock.moveBy(Duration.ofSeconds(-seconds));
        assertThat(isThere("user:1")).isFalse();
        assertThat(region.store("user:2", lease, value("old"), LONGEST).join())
                .isIn(TierStored.INVALIDATED, TierStored.EXPIRED);
    }

    @Test
    void aValueThatLiesAheadOfTheClockIsNotServedAndOlderOnesStay() {
        store("user:1");
        boolean isConclusive = false;
        for (int attempt = 0; attempt < 100 && !isConclusive; attempt++) {
            clock.moveBy(Duration.ofSeconds(10));
            long beganNanos = System.nanoTime();
            store("user:2");
            clock.moveBy(Duration.ofMillis(-900));
            boolean isThere = isThere("user:2");
            // On a machine that stands still for a moment the time has come.
            isConclusive = System.nanoTime() - beganNanos < TimeUnit.MILLISECONDS.toNanos(900);
            assertThat(isConclusive && isThere)
                    .as("stored at a time that has not come")
                    .isFalse();
            publish("user:2");
        }
        assertThat(isConclusive).isTrue();
        assertThat(isThere("user:1")).isTrue();
    }

    @Test
    void whereTheClockWasSetBackNoValueLivesLongerThanItWasStoredFor() {
        store("user:1");
        clock.moveBy(Duration.ofMinutes(50));
        publish("another"); // so much time has passed, and Redis has seen it
        clock.moveBy(Duration.ofMinutes(-40));
        publish("yet another");
        assertThat(isThere("user:1")).as("it would live for 50 minutes more").isFalse();
        clock.moveBy(Duration.ofMinutes(45));
        assertThat(isThere("user:1")).isFalse();
        store("user:1");
        assertThat(isThere("user:1")).isTrue();
    }

    @Test
    void aClockThatIsCorrectedByLessThanASecondEmptiesNothing() {
        store("user:1");
        clock.moveBy(Duration.ofSeconds(5));
        publish("another");
        clock.moveBy(Duration.ofMillis(-900));
        publish("yet another");
        assertThat(isThere("user:1")).isTrue();
    }

    @Test
    void aLeaseIsGoodForSixtySecondsOfTheClockAndNotBeforeItsTime() {
        TierLease lease = lease("user:1");
        TierLease older = new TierLease(lease.head(), lease.tick(), lease.redisMillis() - 60_500);
        TierLease ahead = new TierLease(lease.head(), lease.tick(), lease.redisMillis() + 60_000);
        assertThat(region.store("user:1", older, value("old"), LONGEST).join()).isEqualTo(TierStored.EXPIRED);
        assertThat(region.store("user:1", ahead, value("old"), LONGEST).join()).isEqualTo(TierStored.EXPIRED);
        assertThat(isThere("user:1")).isFalse();
        assertThat(region.store("user:1", lease, value("new"), LONGEST).join()).isEqualTo(TierStored.STORED);
    }

    @Test
    void aValueThatNothingConcernsIsReadableToItsEndThoughFencesAreDropped() {
        lease("user:1");
        for (int minute = 0; minute < 59; minute++) {
            clock.moveBy(Duration.ofMinutes(1));
            publish("another");
        }
        store("user:1");
        for (int minute = 0; minute < 59; minute++) {
            clock.moveBy(Duration.ofMinutes(1));
            publish("another");
        }
        assertThat(isThere("user:1")).isTrue();
    }

    @Test
    void aFenceOfTheGenerationBeforeIsAskedAndWhereItIsLostNothingIsReadable() {
        store("user:1");
        store("user:2");
        TierLease lease = MovedClock.moved(lease("user:3"), Duration.ofMinutes(50));
        publishTag();
        clock.moveBy(Duration.ofMinutes(50));
        store("user:2"); // again, since its fence
        clock.moveBy(Duration.ofMinutes(9));
        ageGeneration(Duration.ofMinutes(2)); // so that it ends before the value does
        publish("the next generation");
        assertThat(isThere("user:2")).isTrue();
        assertThat(isThere("user:1")).isFalse();
        assertThat(region.store("user:3", lease, value("old"), LONGEST).join())
                .isIn(TierStored.INVALIDATED, TierStored.EXPIRED);

        store("user:1");
        publishTag();
        clock.moveBy(Duration.ofMinutes(59));
        ageGeneration(Duration.ofMinutes(2));
        publish("the next generation");
        String generation = REDIS.server().execute("HGET", names.head(), "tier").split(" ", -1)[0];
        REDIS.server().execute("DEL", names.fences((int) ((Long.parseLong(generation) - 1) % 2)));
        assertThat(isThere("user:1")).isFalse();
        assertThat(isThere("user:2")).isFalse();
    }

    private void ageGeneration(Duration by) {
        String[] words = REDIS.server().execute("HGET", names.head(), "tier").split(" ", -1);
        words[3] = Long.toString(Long.parseLong(words[3]) - by.toMillis());
        REDIS.server().execute("HSET", names.head(), "tier", String.join(" ", words));
    }

    @Test
    void aTierThatBeginsAnewBeginsWhereNoValueOrLeaseOfAFormerOneCounts() {
        lease("user:1");
        long before = tick();
        for (int removal = 0; removal < 3; removal++) {
            REDIS.server().execute("HDEL", names.head(), "tier");
            lease("user:1");
            long now = tick();
            assertThat(Math.abs(now - before))
                    .as("ticks that no number of appends bridges")
                    .isGreaterThan(1L << 30);
            before = now;
        }
    }

    private long tick() {
        return Long.parseLong(
                REDIS.server().execute("HGET", names.head(), "tier").split(" ", -1)[2]);
    }

    @Test
    void aTierThatAnotherProgramRemovedBeginsAnewWhateverTheClockSays() {
        for (int removal = 0; removal < 3; removal++) {
            store("user:1");
            TierLease lease = lease("user:2");
            REDIS.server().execute("HDEL", names.head(), "tier");
            publishTag(); // unheard by a tier that is not there
            clock.moveBy(Duration.ofSeconds(-1));
            lease("user:3"); // the tier begins anew
            clock.moveBy(Duration.ofSeconds(2));
            for (int i = 0; i < 300; i++) {
                publish("another");
            }
            assertThat(isThere("user:1")).isFalse();
            assertThat(region.store("user:2", lease, value("old"), LONGEST).join())
                    .isEqualTo(TierStored.INVALIDATED);
        }
    }
}
