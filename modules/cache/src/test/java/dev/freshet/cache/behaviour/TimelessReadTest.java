package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.ResetReason;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.CacheListener;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A region in which nothing depends on when an entry is read asks no clock on a hit, and keeps every promise. */
class TimelessReadTest {

    private static final StoreOptions TAGGED = StoreOptions.none().tags("t");

    private final Bench bench = new Bench();
    private int looks;
    private final TimeSource counted = new TimeSource() {
        @Override
        public long nanoTime() {
            looks++;
            return bench.time.nanoTime();
        }

        @Override
        public long wallMicros() {
            looks++;
            return bench.time.wallMicros();
        }
    };

    private RegionCacheBuilder<String> builder() {
        return RegionCache.<String>builder("users")
                .maximumEntries(1_000)
                .time(counted)
                .sweptByOwner();
    }

    private int looksOfAHit(RegionCache<String> cache) {
        cache.put("k", "v", TAGGED);
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
        looks = 0;
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
        assertThat(cache.getIfHit("k")).isEqualTo("v");
        assertThat(cache.get("k", (key, context) -> "loaded")).isEqualTo("v");
        return looks;
    }

    @Test
    void aHitLooksAtNoClockWhereNothingAsksForTheTime() {
        assertThat(looksOfAHit(builder().build())).isZero();
    }

    @Test
    void itDoesWhereSomethingAsks() {
        assertThat(looksOfAHit(builder().countStaleHits(true).build())).isEqualTo(3);
        assertThat(looksOfAHit(builder().listener(new CacheListener() {}).build()))
                .isEqualTo(3);
        assertThat(looksOfAHit(builder().expireAfterWrite(Duration.ofMinutes(1)).build()))
                .isEqualTo(3);
        assertThat(looksOfAHit(
                        builder().expireAfterAccess(Duration.ofMinutes(1)).build()))
                .isEqualTo(3);
    }

    @Test
    void everyKindOfInvalidationMakesItAMiss() {
        RegionCache<String> cache = builder().build();
        bench.attach(cache);
        for (StoreOptions options : List.of(StoreOptions.none(), TAGGED)) {
            for (Selector selector :
                    List.of(Selector.keys("k"), Selector.tags("t"), Selector.prefixes("k"), Selector.all())) {
                boolean concerns = !selector.equals(Selector.tags("t")) || options == TAGGED;
                cache.put("k", "v", options);
                bench.apply(cache, selector, Duration.ZERO);
                assertThat(cache.getIfPresent("k")).as("%s", selector).isEqualTo(concerns ? null : "v");
            }
            cache.put("k", "v", options);
            cache.reset(ResetReason.EPOCH);
            assertThat(cache.getIfPresent("k")).isNull();
        }
    }

    @Test
    void anEntryWithALimitOfItsOwnEnds() {
        RegionCache<String> cache = builder().build();
        cache.put("k", "v", StoreOptions.none().ttl(Duration.ofSeconds(1)));
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
        bench.advance(Duration.ofSeconds(1));
        assertThat(cache.getIfPresent("k")).isNull();
    }

    @Test
    void aCopyThatStandsInForFailedLoadsIsNoHit() {
        RegionCache<String> cache = builder().failSafe(Duration.ofMinutes(1)).build();
        bench.attach(cache);
        cache.put("k", "v");
        bench.apply(cache, Selector.keys("k"), Duration.ZERO);
        assertThat(cache.getIfPresent("k")).isNull();
        assertThat(cache.get("k", (key, context) -> {
                    throw new IllegalStateException("the source is down");
                }))
                .isEqualTo("v");
    }

    @Test
    void staleHitsAreCountedWhereThatWasAskedFor() {
        for (boolean counts : new boolean[] {false, true}) {
            RegionCache<String> cache = builder().countStaleHits(counts).build();
            bench.attach(cache);
            cache.put("k", "v");
            bench.advance(Duration.ofSeconds(1));
            cache.getIfPresent("k");
            bench.apply(cache, Selector.keys("k"), Duration.ofMillis(10));
            assertThat(cache.stats().staleHits()).isEqualTo(counts ? 1 : 0);
        }
    }
}
