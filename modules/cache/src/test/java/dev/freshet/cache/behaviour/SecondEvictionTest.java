package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.ResetReason;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The invariant: what names an entry at one time names it once more when the delay has passed, so that what was loaded in
 * between from a source that lagged does not stay; and nothing that nobody named goes, unless the memory overflowed.
 */
class SecondEvictionTest {

    private static final Duration DELAY = Duration.ofSeconds(5);
    private static final Duration NOW = Duration.ZERO;
    private static final StoreOptions TAGGED = StoreOptions.none().tags("t");

    private final Bench bench = new Bench();
    private final RegionCache<String> cache = builder().build();

    private RegionCacheBuilder<String> builder() {
        return bench.builder().evictAgainAfter(DELAY);
    }

    private void loadFromALaggingReplica(String key) {
        assertThat(cache.store(cache.lease(key), "old", TAGGED).isStored()).isTrue();
    }

    @Test
    void everySelectorEvictsOnceMoreAfterTheDelay() {
        for (Selector selector :
                List.of(Selector.keys("k"), Selector.tags("t"), Selector.prefixes("k"), Selector.all())) {
            bench.apply(cache, selector, NOW);
            loadFromALaggingReplica("k");
            cache.put("stranger", "v");
            bench.advance(DELAY.minusNanos(1));
            cache.sweep();
            assertThat(cache.getIfPresent("k")).as("%s, too early", selector).isEqualTo("old");
            bench.advance(Duration.ofNanos(1));
            cache.sweep();
            assertThat(cache.getIfPresent("k")).as("%s, when due", selector).isNull();
            assertThat(cache.getIfPresent("stranger") != null)
                    .as("%s", selector)
                    .isEqualTo(!(selector instanceof Selector.All));
            loadFromALaggingReplica("k");
            bench.advance(DELAY);
            cache.sweep();
            assertThat(cache.getIfPresent("k"))
                    .as("%s, not a third time", selector)
                    .isEqualTo("old");
        }
    }

    @Test
    void localInvalidationsTakeEffectAgainToo() {
        cache.invalidate("k");
        cache.invalidate(Selector.tags("t2"));
        loadFromALaggingReplica("k");
        cache.put("j", "old", StoreOptions.none().tags("t2"));
        bench.advance(DELAY);
        cache.sweep();
        assertThat(cache.getIfPresent("k")).isNull();
        assertThat(cache.getIfPresent("j")).isNull();
    }

    @Test
    void aLoadThatOverlapsTheSecondEvictionIsRefused() {
        bench.apply(cache, Selector.keys("k"), NOW);
        bench.advance(DELAY.minusMillis(1));
        Lease lease = cache.lease("k");
        bench.advance(Duration.ofMillis(1));
        cache.sweep();
        assertThat(cache.store(lease, "old", TAGGED)).isEqualTo(StoreResult.refused(Refusal.INVALIDATED));
    }

    @Test
    void aVersionSparesWhatIsNewEnoughTheSecondTimeToo() {
        bench.apply(cache, Selector.keys("k", "j"), NOW, OptionalLong.of(7));
        cache.put("k", "new", StoreOptions.none().version(7));
        cache.put("j", "who knows");
        bench.advance(DELAY);
        cache.sweep();
        assertThat(cache.getIfPresent("k")).isEqualTo("new");
        assertThat(cache.getIfPresent("j")).isNull();
    }

    @Test
    void ofTwoInvalidationsOfAKeyOneWithoutAVersionSparesNothing() {
        bench.apply(cache, Selector.keys("k"), NOW, OptionalLong.of(7));
        bench.apply(cache, Selector.keys("k"), NOW);
        bench.apply(cache, Selector.keys("k"), NOW, OptionalLong.of(7));
        cache.put("k", "v", StoreOptions.none().version(7));
        bench.advance(DELAY);
        cache.sweep();
        assertThat(cache.getIfPresent("k")).isNull();
    }

    @Test
    void aKeyThatComesAgainAndAgainTakesOnePlaceAndItsLastTime() {
        for (int i = 0; i < 10; i++) {
            bench.apply(cache, Selector.keys("k"), NOW);
            bench.advance(Duration.ofSeconds(1));
        }
        assertThat(cache.stats().evictAgainPending()).isEqualTo(1);
        loadFromALaggingReplica("k");
        bench.advance(DELAY.minusSeconds(1));
        cache.sweep();
        assertThat(cache.getIfPresent("k")).isNull();
        assertThat(cache.stats().evictAgainPending()).isZero();
        assertThat(cache.stats().evictedAgain()).isEqualTo(1);
    }

    @Test
    void whatIsTooMuchToRememberGoesWithTheWholeRegionWhenItIsDue() {
        RegionCache<String> small = builder().maximumEvictAgain(2).build();
        bench.apply(small, Selector.keys("a", "b", "c"), NOW);
        bench.apply(small, Selector.tags("t"), NOW);
        small.put("c", "old");
        small.put("stranger", "v");
        assertThat(small.stats().evictAgainPending()).isEqualTo(2);
        assertThat(small.stats().evictAgainOverflows()).isEqualTo(2);
        bench.advance(DELAY.minusNanos(1));
        small.sweep();
        assertThat(small.getIfPresent("c")).isEqualTo("old");
        bench.advance(Duration.ofNanos(1));
        small.sweep();
        assertThat(small.getIfPresent("c")).isNull();
        assertThat(small.getIfPresent("stranger")).isNull();
    }

    @Test
    void aFloodEmptiesTheRegionABoundedNumberOfTimesADelay() {
        RegionCache<String> small = builder().maximumEvictAgain(1).build();
        for (int i = 0; i < 5_000; i++) {
            bench.apply(small, Selector.keys("k" + i), NOW);
            bench.advance(Duration.ofMillis(1));
        }
        assertThat(small.stats().evictAgainOverflows()).isEqualTo(4_999);
        long evictions = 0;
        for (int i = 0; i < 6_000; i++) {
            small.put("k", "v");
            small.sweep();
            evictions += small.getIfPresent("k") == null ? 1 : 0;
            bench.advance(Duration.ofMillis(1));
        }
        assertThat(evictions).isBetween(2L, 18L);
    }

    @Test
    void aResetTakesEffectAgainToo() {
        cache.reset(ResetReason.TRIMMED);
        loadFromALaggingReplica("k");
        bench.advance(DELAY);
        cache.sweep();
        assertThat(cache.getIfPresent("k")).isNull();
        assertThat(bench.heard.resets).as("told once").hasSize(1);
    }

    @Test
    void theSchedulerDoesItWhereTheOwnerDoesNot() {
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
        try (RegionCache<String> own = RegionCache.<String>builder("users")
                .maximumEntries(10)
                .scheduler(scheduler)
                .evictAgainAfter(Duration.ofMillis(50))
                .build()) {
            own.invalidate("k");
            own.put("k", "old");
            await().until(() -> own.getIfPresent("k") == null);
            own.invalidate("k");
            own.put("k", "old");
            await().until(() -> own.getIfPresent("k") == null);
        } finally {
            scheduler.shutdownNow();
        }
    }

    @Test
    void offIsOff() {
        RegionCache<String> plain = bench.builder().build();
        IntStream.range(0, 100).forEach(i -> plain.invalidate("k" + i));
        assertThat(plain.stats().evictAgainPending()).isZero();
    }
}
