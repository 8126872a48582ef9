package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.cache.LoadContext;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
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
        Map<String, Consumer<LoadContext>> forms = new LinkedHashMap<>();
        forms.put("seconds", load -> load.ttl(Duration.ofSeconds(1)));
        forms.put("milliseconds", load -> load.ttl(Duration.ofMillis(1_250)));
        forms.put(
                "until a second",
                load -> load.deadline(Instant.now().plusSeconds(2).truncatedTo(ChronoUnit.SECONDS)));
        forms.put("until a millisecond", load -> load.deadline(Instant.now().plusMillis(1_250)));
        try (Publisher publisher = Publisher.connect(PublisherConfig.of(REDIS.uri()));
                Replica one = new Replica(REDIS.uri(), publisher, builder -> builder);
                Replica two = new Replica(REDIS.uri(), publisher, builder -> builder)) {
            forms.forEach((form, said) -> {
                assertThat(one.region.get(form, (key, load) -> {
                            said.accept(load);
                            return "value";
                        }))
                        .isEqualTo("value");
                await().until(() -> isInRedis(form));
                long left = Long.parseLong(REDIS.server().execute("PTTL", "freshet:{users}:value:" + form));
                assertThat(left).as(form).isBetween(1L, 2_000L);
                assertThat(two.region.get(form, (key, load) -> "loaded again"))
                        .as(form)
                        .isEqualTo("value");
            });
            for (String form : forms.keySet()) {
                assertThat(one.local.getIfPresent(form) != null || !isInRedis(form))
                        .as(form + ": not gone long before its time")
                        .isTrue();
                await().atMost(Duration.ofSeconds(5)).until(() -> !isInRedis(form));
                assertThat(one.local.getIfPresent(form))
                        .as(form + ", where it was loaded")
                        .isNull();
                assertThat(two.local.getIfPresent(form))
                        .as(form + ", where it was found in Redis")
                        .isNull();
            }
        }
    }

    @Test
    void aDeadlineThatHasPassedIsKeptNowhere() {
        try (Publisher publisher = Publisher.connect(PublisherConfig.of(REDIS.uri()));
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
}
