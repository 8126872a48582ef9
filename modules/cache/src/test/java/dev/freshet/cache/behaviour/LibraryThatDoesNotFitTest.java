package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.faults.LackingClock;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.UnconfirmedPolicy;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A class or method is missing on a thread of the cache: what that thread does is not tried again, the cache says so, and nothing
 * counts as confirmed any more. The clock, which every thread asks, stands for the library.
 */
class LibraryThatDoesNotFitTest {

    static Stream<Arguments> threads() {
        Duration soon = Duration.ofMillis(1);
        return Stream.of(
                Arguments.of("freshet-cache-sweeper", with(builder -> builder.expireAfterWrite(soon))),
                Arguments.of("freshet-cache-sweeper", with(builder -> builder.evictAgainAfter(soon))),
                Arguments.of("freshet-cache-refresh", with(builder -> builder.expireAfterWrite(Duration.ofHours(1))
                        .refreshAfterWrite(soon))));
    }

    private static UnaryOperator<RegionCacheBuilder<String>> with(UnaryOperator<RegionCacheBuilder<String>> options) {
        return options;
    }

    @ParameterizedTest
    @MethodSource("threads")
    void nothingIsTriedAgainAndNothingCountsAsConfirmed(
            String thread, UnaryOperator<RegionCacheBuilder<String>> options) {
        LackingClock lacking = LackingClock.on(thread);
        try (RegionCache<String> cache = options.apply(RegionCache.<String>builder("users")
                        .maximumEntries(100)
                        .unconfirmed(UnconfirmedPolicy.SERVE, Duration.ofHours(1))
                        .time(lacking))
                .build()) {
            confirm(cache);
            assertThat(cache.state()).isEqualTo(ServingState.CONFIRMED);

            await().until(() -> {
                cache.get("user:1", (key, context) -> "Ada");
                cache.invalidate("user:2");
                return cache.misconfiguration() != null;
            });

            assertThat(cache.misconfiguration()).contains("region \"users\"", "gone()");
            assertThat(cache.state()).isEqualTo(ServingState.UNCONFIRMED);
            confirm(cache);
            assertThat(cache.state()).isEqualTo(ServingState.UNCONFIRMED);
            assertThat(cache.get("user:1", (key, context) -> "Ada")).isEqualTo("Ada");
        }
    }

    private static void confirm(RegionCache<?> cache) {
        Confirmation confirmation = new Confirmation(TimeSource.SYSTEM);
        confirmation.confirm(System.nanoTime(), TimeSource.SYSTEM.wallMicros(), 1);
        cache.attached(confirmation, new Unclocked());
        cache.detached();
    }

    /** As if Redis had this machine's clock. */
    private static final class Unclocked implements RedisTime {
        @Override
        public long nowMicros() {
            return TimeSource.SYSTEM.wallMicros();
        }

        @Override
        public OptionalLong errorMicros() {
            return OptionalLong.empty();
        }

        @Override
        public long nanoTimeAt(long redisMicros) {
            return System.nanoTime();
        }
    }

    @Test
    void aBypassedRegionIsBypassedForGood() {
        try (RegionCache<String> cache = RegionCache.<String>builder("users")
                .maximumEntries(100)
                .unconfirmed(UnconfirmedPolicy.BYPASS, Duration.ofHours(1))
                .expireAfterWrite(Duration.ofMillis(1))
                .time(LackingClock.on("freshet-cache-sweeper"))
                .build()) {
            confirm(cache);
            cache.get("user:1", (key, context) -> "Ada");

            await().until(() -> cache.state() == ServingState.BYPASSED);

            cache.get("user:1", (key, context) -> "Ada");
            assertThat(cache.getIfPresent("user:1")).isNull();
        }
    }
}
