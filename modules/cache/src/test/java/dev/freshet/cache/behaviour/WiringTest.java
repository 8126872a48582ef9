package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A reader that would hear another region's invalidations, or two subscribers', is refused before anything connects. */
class WiringTest {

    private static final SubscriberConfig NOBODY = SubscriberConfig.of("redis://127.0.0.1:1");

    private static RegionCache<String> cache(String region) {
        return RegionCache.<String>builder(region).maximumEntries(10).build();
    }

    /** A reader around a cache that does not say whose entries it holds. */
    private record Nameless(RegionCache<String> cache) implements RegionReader {
        @Override
        public void attached(Confirmation confirmation, RedisTime time) {
            cache.attached(confirmation, time);
        }

        @Override
        public void detached() {
            cache.detached();
        }

        @Override
        public void apply(LoggedRecord record) {
            cache.apply(record);
        }

        @Override
        public void reset(ResetReason reason) {
            cache.reset(reason);
        }

        @Override
        public void joined() {
            cache.joined();
        }
    }

    private static void connectAndClose(Map<String, ? extends RegionReader> readers) {
        Subscriber.connect(NOBODY, readers).close();
    }

    @Test
    void aCacheIsNotSubscribedUnderAnotherRegionsName() {
        try (RegionCache<String> users = cache("users")) {
            assertThatThrownBy(() -> connectAndClose(Map.of("user", users)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"users\"")
                    .hasMessageContaining("\"user\"");
            connectAndClose(Map.of("users", users)); // what was refused is free
        }
    }

    @Test
    void aRegionWithATierOrAPublisherIsNotSubscribedUnderAnotherRegionsName() {
        try (CachedRegion<String> users = CachedRegion.over(cache("users")).build()) {
            assertThatThrownBy(() -> connectAndClose(Map.of("user", users)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"users\"")
                    .hasMessageContaining("\"user\"");
        }
    }

    @Test
    void aCacheFollowsOneSubscriberAtATime() {
        try (RegionCache<String> users = cache("users");
                RegionCache<String> orders = cache("orders");
                Subscriber first = Subscriber.connect(NOBODY, Map.of("users", users))) {
            assertThat(first.regions()).containsKey("users");
            assertThatThrownBy(() -> connectAndClose(Map.of("users", users, "orders", orders)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("\"users\"");
            // What came before it in the refused subscriber is free.
            connectAndClose(Map.of("orders", orders));
        }
    }

    @Test
    void aCacheIsNotFollowedAsItselfAndAsWhatLiesBehindARegion() {
        RegionCache<String> local = cache("users");
        try (CachedRegion<String> users = CachedRegion.over(local).build();
                Subscriber first = Subscriber.connect(NOBODY, Map.of("users", users))) {
            assertThat(first.regions()).containsKey("users");
            assertThatThrownBy(() -> connectAndClose(Map.of("users", local)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("\"users\"");
        }
    }

    @Test
    void aCacheWithARegionOverItIsNotSubscribedInItsPlace() {
        RegionCache<String> local = cache("users");
        try (CachedRegion<String> users = CachedRegion.over(local).build()) {
            assertThatThrownBy(() -> connectAndClose(Map.of("users", local)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("\"users\"")
                    .hasMessageContaining("CachedRegion");
            connectAndClose(Map.of("users", users)); // what was refused is free
        }
    }

    @Test
    void noRegionIsBuiltOverACacheThatFollowsASubscriberOrHasOneAlready() {
        RegionCache<String> local = cache("users");
        try (Subscriber first = Subscriber.connect(NOBODY, Map.of("users", local))) {
            assertThat(first.regions()).containsKey("users");
            assertThatThrownBy(() -> CachedRegion.over(local).build())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("\"users\"");
        }
        try (CachedRegion<String> users = CachedRegion.over(local).build()) {
            assertThat(users.region()).isEqualTo("users");
            assertThatThrownBy(() -> CachedRegion.over(local).build())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("\"users\"");
        }
    }

    @Test
    void aClosedSubscriberFreesItsReadersOnce() {
        try (RegionCache<String> users = cache("users")) {
            Subscriber first = Subscriber.connect(NOBODY, Map.of("users", users));
            first.close();
            try (Subscriber second = Subscriber.connect(NOBODY, Map.of("users", users))) {
                first.close(); // again: the cache is the second one's now
                assertThat(second.regions()).containsKey("users");
                assertThatThrownBy(() -> connectAndClose(Map.of("users", users)))
                        .isInstanceOf(IllegalStateException.class);
            }
        }
    }

    @Test
    void aCacheWhoseNameIsHiddenDoesNotFollowTwoRegions() {
        try (RegionCache<String> users = cache("users")) {
            assertThatThrownBy(() -> connectAndClose(Map.of("user", new Nameless(users), "users", new Nameless(users))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("\"users\"");
            connectAndClose(Map.of("users", users));
        }
    }
}
