package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.fakes.HandTime;
import dev.freshet.bus.patience.Patient;
import dev.freshet.cache.LoadContext;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ValueCodec;
import dev.freshet.testkit.HandClock;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ObjLongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Every form of a time to live, from the load to the key in a real Redis and to the copies in two processes: what Redis offers
 * as SETEX, PSETEX, EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT.
 */
class TimesToLiveTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static boolean isInRedis(String key) {
        return REDIS.server().execute("EXISTS", "freshet:{users}:value:" + key).equals("1");
    }

    @Test
    void whateverFormATimeToLiveHasNoLocalCopyOutlivesTheKeyInRedis() {
        Map<String, ObjLongConsumer<LoadContext>> forms = new LinkedHashMap<>();
        forms.put("seconds", (load, seconds) -> load.ttl(Duration.ofSeconds(seconds)));
        forms.put("milliseconds", (load, seconds) -> load.ttl(Duration.ofMillis(1_000 * seconds + 250)));
        forms.put(
                "until a second",
                (load, seconds) ->
                        load.deadline(Instant.now().plusSeconds(seconds + 1).truncatedTo(ChronoUnit.SECONDS)));
        forms.put(
                "until a millisecond",
                (load, seconds) ->
                        load.deadline(Instant.now().plusSeconds(seconds).plusMillis(250)));
        try (Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
                Replica one = new Replica(REDIS.uri(), publisher, builder -> builder);
                Replica two = new Replica(REDIS.uri(), publisher, builder -> builder)) {
            List<String> keys = new ArrayList<>();
            forms.forEach((form, said) -> keys.add(foundEverywhereInTime(one, two, form, said)));
            for (String key : keys) {
                if (one.local.getIfPresent(key) == null) {
                    assertThat(leftMillis(key))
                            .as(key + ": not gone long before its time")
                            .isLessThan(500);
                }
                await().until(() -> !isInRedis(key));
                assertThat(one.local.getIfPresent(key))
                        .as(key + ", where it was loaded")
                        .isNull();
                assertThat(two.local.getIfPresent(key))
                        .as(key + ", where it was found in Redis")
                        .isNull();
            }
        }
    }

    /** Loads a value for a second, or longer if this machine needs longer to find it everywhere. Returns its key. */
    private static String foundEverywhereInTime(
            Replica one, Replica two, String form, ObjLongConsumer<LoadContext> said) {
        for (long seconds = 1; seconds < 60; seconds *= 2) {
            long life = seconds;
            String key = form + " " + seconds;
            long beganNanos = System.nanoTime();
            String loaded = one.region.get(key, (name, load) -> {
                said.accept(load, life);
                return "value";
            });
            while (!isInRedis(key) && isWithin(seconds, beganNanos)) {
                Thread.onSpinWait();
            }
            long left = leftMillis(key);
            String found = two.region.get(key, (name, load) -> "loaded again");
            if (isWithin(seconds, beganNanos)) {
                assertThat(loaded).as(key).isEqualTo("value");
                assertThat(left).as(key).isBetween(1L, 1_000 * (seconds + 1));
                assertThat(found).as(key).isEqualTo("value");
                return key;
            }
        }
        throw new AssertionError("with " + form + " no value comes to Redis, or not for long enough");
    }

    /** Whether no form of so many seconds can have ended yet. */
    private static boolean isWithin(long seconds, long sinceNanos) {
        return System.nanoTime() - sinceNanos < TimeUnit.SECONDS.toNanos(seconds);
    }

    private static long leftMillis(String key) {
        return Long.parseLong(REDIS.server().execute("PTTL", "freshet:{users}:value:" + key));
    }

    @Test
    void aDeadlineThatHasPassedIsKeptNowhere() {
        try (Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
                Replica one = new Replica(REDIS.uri(), publisher, builder -> builder)) {
            one.region.get("gone", (key, load) -> {
                load.deadline(Instant.now().minusMillis(1));
                return "value";
            });
            assertThat(one.local.getIfPresent("gone")).isNull();
            // What is stored goes there in the order of the calls.
            one.region.get("kept", (key, load) -> "value");
            await().until(() -> isInRedis("kept"));
            assertThat(isInRedis("gone")).isFalse();
        }
    }

    @Test
    void aCopyEndsWithTheKeyHoweverLongAThreadStandsStillAfterRedisHasAnswered() {
        HandClock clock = new HandClock();
        AtomicLong standsSeconds = new AtomicLong();
        ValueCodec<String> slow = new ValueCodec<>() {
            @Override
            public byte[] encode(String value) {
                return Replica.TEXT.encode(value);
            }

            @Override
            public String decode(byte[] bytes) {
                clock.advance(Duration.ofSeconds(standsSeconds.get()));
                return Replica.TEXT.decode(bytes);
            }
        };
        TimeSource time = new HandTime(clock);
        RegionCache<String> local = RegionCache.<String>builder("users")
                .maximumEntries(1000)
                .time(time)
                .build();
        List<String> keys = List.of("at once", "lookup", "get", "getAll", "getAsync");
        try (Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
                Replica one = new Replica(REDIS.uri(), publisher, builder -> builder);
                Replica two = new Replica(REDIS.uri(), publisher, local, slow)) {
            keys.forEach(key -> one.region.get(key, (name, load) -> {
                load.ttl(Duration.ofSeconds(90));
                return "value";
            }));
            await().until(() -> keys.stream().allMatch(TimesToLiveTest::isInRedis));

            assertThat(two.region.lookup("at once").join()).isInstanceOf(Lookup.Hit.class);
            standsSeconds.set(90);
            assertThat(two.region.lookup("lookup").join()).isInstanceOf(Lookup.Miss.class);
            assertThat(two.region.get("get", (key, load) -> "loaded again")).isEqualTo("value");
            assertThat(two.region.getAll(List.of("getAll"), (missing, load) -> Map.of()))
                    .containsEntry("getAll", "value");
            assertThat(two.region
                            .getAsync("getAsync", (key, load) -> CompletableFuture.completedFuture("loaded again"))
                            .join())
                    .isEqualTo("value");
            for (String key : keys) {
                assertThat(local.getIfPresent(key)).as(key).isNull();
            }
        }
    }
}
