package dev.freshet.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.RegionOptions;
import dev.freshet.bus.TimeSource;
import dev.freshet.testkit.HandClock;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Configuration;

/** The times of a cache, by the clock of the test: a property that sets nothing, or another time than its own, fails here. */
class CacheTimesTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caching {}

    private record OnClock(HandClock clock) implements FreshetCacheCustomizer, TimeSource {
        @Override
        public RegionOptions<Object> region(String cache, RegionOptions<Object> options) {
            return options.cache(builder -> builder.time(this));
        }

        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        public long wallMicros() {
            return clock.wallMicros();
        }
    }

    private static String read(CacheManager manager, String cache, String loaded) {
        return readOf(manager, cache, () -> loaded);
    }

    private static String readOf(CacheManager manager, String cache, Callable<String> loader) {
        return String.valueOf(Objects.requireNonNull(manager.getCache(cache)).get("key", loader));
    }

    @Test
    void everyTimeOfACacheTakesEffect() {
        HandClock clock = new HandClock();
        Contexts.withStarter()
                .withUserConfiguration(Caching.class)
                .withBean(FreshetCacheCustomizer.class, () -> new OnClock(clock))
                .withPropertyValues(
                        "freshet.redis.uri=" + REDIS.uri(),
                        "freshet.caches.written.expire-after-write=10m",
                        "freshet.caches.used.expire-after-access=10m",
                        "freshet.caches.kept.expire-after-write=10m",
                        "freshet.caches.kept.fail-safe=1h",
                        "freshet.caches.hot.refresh-after-write=10m")
                .run(context -> {
                    await().until(() -> context.getBean(Freshet.class).ready().isDone());
                    CacheManager manager = context.getBean(CacheManager.class);
                    List<String> names = List.of("written", "used", "kept", "hot");
                    names.forEach(name -> assertThat(read(manager, name, "old")).isEqualTo("old"));
                    clock.advance(Duration.ofMinutes(6));
                    names.forEach(name -> assertThat(read(manager, name, "new")).isEqualTo("old"));
                    clock.advance(Duration.ofMinutes(6));

                    assertThat(read(manager, "written", "new")).isEqualTo("new");
                    assertThat(read(manager, "used", "new")).isEqualTo("old");
                    assertThat(readOf(manager, "kept", () -> {
                                throw new IllegalStateException("on purpose");
                            }))
                            .isEqualTo("old");
                    assertThat(read(manager, "hot", "new")).isEqualTo("old");
                    await().until(() -> "new".equals(read(manager, "hot", "newest")));
                });
    }
}
