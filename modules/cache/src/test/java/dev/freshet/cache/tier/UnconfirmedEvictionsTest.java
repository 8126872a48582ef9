package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.fakes.HandTime;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.RedisTierConfig;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.HandClock;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The invariant: from the moment something is evicted until Redis has confirmed it, nobody in this process gets from Redis what is
 * evicted; and in the end Redis has evicted it, however often it did not answer.
 */
class UnconfirmedEvictionsTest {

    private static final Duration DELAY = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(10); // longer than any between two attempts

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private final HandClock clock = new HandClock();
    private final TimeSource time = new HandTime(clock);
    private Publisher publisher = Publisher.connect(PublisherConfig.of("redis://127.0.0.1:1"));

    @BeforeEach
    void start() {
        publisher.close();
        publisher = open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
    }

    private RegionCacheBuilder<String> settings() {
        return RegionCache.<String>builder("users")
                .maximumEntries(100_000)
                .evictAgainAfter(DELAY)
                .time(time)
                .sweptByOwner();
    }

    private Replica replica(RegionCache<String> local) {
        return replica(Patient.tier(REDIS.uri()), local);
    }

    private Replica replica(RedisTierConfig tier, RegionCache<String> local) {
        Replica replica = open.closing(new Replica(REDIS.uri(), tier, publisher, local, Replica.TEXT));
        // What it does again because it has joined is done.
        clock.advance(DELAY);
        local.sweep();
        await().until(() -> replica.region.stats().evictionsPending() == 0);
        return replica;
    }

    private static void awaitInRedis(Replica replica, String key) {
        await().until(() -> replica.tier.read(key).join() instanceof TierRead.Found);
    }

    private static void load(Replica replica, String key, String value) {
        assertThat(replica.region.get(key, (missed, load) -> {
                    load.tags("team:7");
                    return value;
                }))
                .isEqualTo(value);
    }

    private static Stream<Arguments> selectorsAndAnswers() {
        return Stream.of(
                        Selector.keys("user:1"),
                        Selector.tags("team:7"),
                        Selector.prefixes("user:"),
                        Selector.prefixes("user:1"),
                        Selector.all())
                .flatMap(selector -> Stream.of(LateTier.Answer.values()).map(answer -> Arguments.of(selector, answer)));
    }

    @ParameterizedTest
    @MethodSource("selectorsAndAnswers")
    void aSecondEvictionThatRedisDidNotAnswerIsRepeatedAndNotReadUntilThen(Selector selector, LateTier.Answer answer) {
        Replica one = replica(settings().build());
        one.region.invalidate(selector).join();
        load(one, "user:1", "from a replica that lags");
        awaitInRedis(one, "user:1");
        one.late.losesEvictions(answer);

        clock.advance(DELAY);
        one.local.sweep();

        assertThat(one.late.lost).hasValue(1);
        assertThat(one.region.stats().evictionsPending()).isEqualTo(1);
        load(one, "user:1", "new");
        assertThat(one.tier.read("user:1").join())
                .as("what lagged is there still")
                .isInstanceOf(TierRead.Found.class);

        clock.advance(PAUSE);
        one.local.sweep();
        assertThat(one.region.stats().evictionRetries()).as("it is repeated").isEqualTo(1);
        assertThat(one.region.stats().evictionsPending()).isEqualTo(1);
        one.late.answersAgain();
        clock.advance(PAUSE);
        one.local.sweep();
        await().until(() -> one.region.stats().evictionsPending() == 0);

        assertThat(one.tier.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
        load(one, "user:1", "newer");
        awaitInRedis(one, "user:1");
    }

    @ParameterizedTest
    @MethodSource("selectorsAndAnswers")
    void aLocalEvictionThatRedisDidNotAnswerSaysSoAndIsRepeated(Selector selector, LateTier.Answer answer) {
        Replica one = replica(settings().build());
        load(one, "user:1", "old");
        awaitInRedis(one, "user:1");
        one.late.losesEvictions(answer);

        assertThat(one.region.invalidate(selector).join()).isFalse();

        load(one, "user:1", "new");
        one.late.answersAgain();
        clock.advance(Duration.ofSeconds(1));
        one.local.sweep();
        await().until(() -> one.region.stats().evictionsPending() == 0);
        assertThat(one.tier.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
    }

    @Test
    void aCrowdOfSecondEvictionsGoesInFewCallsAndTakesNothingElseWithIt() {
        Replica one = replica(settings().build());
        load(one, "stranger", "unchanged");
        awaitInRedis(one, "stranger");
        for (int from = 0; from < 40_000; from += 4_000) {
            one.region
                    .invalidate(Selector.keys(IntStream.range(from, from + 4_000)
                            .mapToObj(i -> "k" + i)
                            .toArray(String[]::new)))
                    .join();
        }
        long before = one.tier.stats().answered();
        clock.advance(DELAY);
        one.local.sweep();
        await().until(() -> one.region.stats().evictionsPending() == 0);
        assertThat(one.tier.stats().answered() - before).isBetween(150L, 1_000L);
        assertThat(one.region.stats().evictionOverflows()).isZero();
        assertThat(one.region.stats().evictionRetries()).isZero();
        assertThat(one.tier.read("stranger").join()).isInstanceOf(TierRead.Found.class);
    }

    @Test
    void othersOfTheRegionAreReadFromRedisMeanwhile() {
        Replica one = replica(settings().build());
        Replica two = replica(settings().build());
        load(two, "user:2", "two");
        two.region.get("order:1", (key, load) -> "untagged");
        awaitInRedis(two, "user:2");
        awaitInRedis(two, "order:1");
        one.late.losesEvictions(LateTier.Answer.NOT_DONE);
        one.region.invalidate(Selector.keys("user:1", "user:3")).join();
        one.region.invalidate(Selector.tags("team:8")).join();
        one.region.invalidate(Selector.prefixes("user:3")).join();

        assertThat(one.region.get("user:2", (key, load) -> "not asked")).isEqualTo("two");
        assertThat(one.region.stats().evictionsPending()).isEqualTo(4);
        one.region.invalidate(Selector.tags("team:7")).join();
        assertThat(one.region.get("user:2", (key, load) -> "loaded")).isEqualTo("loaded");
        assertThat(one.region.get("order:1", (key, load) -> "not asked")).isEqualTo("untagged");
    }

    @Test
    void moreThanThereIsRoomForIsTheWholeRegionWhichIsNotReadUntilItIsDone() {
        Replica one = replica(settings().maximumEvictAgain(200_000).build());
        Replica two = replica(settings().build());
        load(two, "user:1", "old");
        load(two, "stranger", "old");
        awaitInRedis(two, "user:1");
        awaitInRedis(two, "stranger");
        one.late.losesEvictions(LateTier.Answer.NOT_DONE);
        one.region.invalidate(Selector.keys("user:1")).join();
        for (int from = 0; from < 100_000; from += 4_000) {
            one.region
                    .invalidate(Selector.keys(IntStream.range(from, from + 4_000)
                            .mapToObj(i -> "k" + i)
                            .toArray(String[]::new)))
                    .join();
        }

        assertThat(one.region.stats().evictionsPending()).isEqualTo(1);
        assertThat(one.region.stats().evictionOverflows()).isEqualTo(1);
        load(one, "stranger", "loaded"); // it is not known any more whom the evictions concern
        one.late.answersAgain();
        clock.advance(PAUSE);
        one.local.sweep();
        await().until(() -> one.region.stats().evictionsPending() == 0);
        assertThat(one.tier.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
        assertThat(one.tier.read("stranger").join()).isInstanceOf(TierRead.Absent.class);
        assertThat(one.local.getIfPresent("stranger"))
                .as("what was stored meanwhile goes with it")
                .isNull();
    }

    @Test
    void aNameThatIsEvictedAgainWhileAnAttemptIsUnderWayIsNotConfirmedByIt() {
        Replica one = replica(settings().build());
        one.late.losesEvictions(LateTier.Answer.NOT_DONE);
        for (int i = 0; i < 1_000; i++) {
            one.region.invalidate(Selector.keys("user:1")).join();
        }
        assertThat(one.region.stats().evictionsPending())
                .as("it takes one place")
                .isEqualTo(1);
        assertThat(one.region.stats().evictionOverflows()).isZero();
    }

    @Test
    void aVersionSparesWhatIsNewEnoughHereWhenRedisConfirmsAtLast() {
        Replica one = replica(settings().build());
        publisher
                .publish("users", Change.builder().keys("user:1").version(7).build())
                .join();
        await().until(() -> one.local.stats().evictAgainPending() > 0);
        one.local.put("user:1", "new", StoreOptions.none().version(7));
        one.late.losesEvictions(LateTier.Answer.NOT_DONE);
        clock.advance(DELAY);
        one.local.sweep();
        one.late.answersAgain();
        clock.advance(PAUSE);
        one.local.sweep();
        await().until(() -> one.region.stats().evictionsPending() == 0);
        assertThat(one.local.getIfPresent("user:1")).isEqualTo("new");
    }

    @Test
    void theOlderFormOfAValueThatIsTooLargeForRedisIsNotReadThoughRedisDidNotAnswer() {
        Replica one = replica(settings().build());
        Replica two = replica(settings().build());
        Lookup.Miss<String> miss =
                (Lookup.Miss<String>) one.region.lookup("user:1").join();
        load(two, "user:1", "small");
        awaitInRedis(two, "user:1");
        one.late.losesEvictions(LateTier.Answer.NOT_DONE);
        String large = "x".repeat(TierValue.MAX_BYTES + 1);
        assertThat(one.region.store(miss.lease(), large, StoreOptions.none()).isStored())
                .isTrue();
        assertThat(one.region.stats().evictionsPending()).isEqualTo(1);
        one.late.answersAgain();
        clock.advance(PAUSE);
        one.local.sweep();
        await().until(() -> one.region.stats().evictionsPending() == 0);
        assertThat(one.tier.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
        assertThat(one.local.getIfPresent("user:1")).isEqualTo(large);
    }

    @Test
    void whereTheCacheHasASchedulerItRepeatsByItselfAndARedisThatIsSilentIsCaughtUpWith() {
        RegionCache<String> local = RegionCache.<String>builder("users")
                .maximumEntries(1_000)
                .evictAgainAfter(Duration.ofMillis(300))
                .build();
        Replica one = replica(Patient.tier(REDIS.uri()).withTimeout(Duration.ofSeconds(1)), local);
        Replica two = replica(
                RegionCache.<String>builder("users").maximumEntries(1_000).build());
        load(two, "user:1", "from a replica that lags");
        awaitInRedis(two, "user:1");
        REDIS.server().pause();
        one.local.invalidate("user:1");
        await().until(() -> one.tier.stats().errors() > 0);
        assertThat(one.region.stats().evictionsPending()).isPositive();
        REDIS.server().resume();

        await().until(() -> one.region.stats().evictionsPending() == 0);
        assertThat(one.tier.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
    }
}
