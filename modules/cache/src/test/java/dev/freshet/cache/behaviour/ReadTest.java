package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.ValueWeigher;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ReadTest {

    private static final StoreOptions PLAIN = StoreOptions.none();

    private final Bench bench = new Bench();
    private final RegionCache<String> cache = bench.builder().build();

    @Test
    void aHitTellsWhatIsKnownOfItsEntry() {
        bench.attach(cache);
        cache.put("k", "v", PLAIN.tags("a", "b").version(7));
        bench.advance(Duration.ofMillis(1500));
        assertThat(cache.find("k"))
                .contains(new Lookup.Hit<>(
                        "v", 1_500_000_000L, 2, OptionalLong.of(7), ServingState.CONFIRMED, 1_500_000_000L, 0, null));
    }

    @Test
    void anAbsenceIsAHitWithoutAValue() {
        cache.storeAbsence(cache.lease("k"), PLAIN);
        assertThat(cache.getIfPresent("k")).isNull();
        assertThat(cache.find("k").orElseThrow().isAbsence()).isTrue();
        cache.invalidate("k");
        assertThat(cache.find("k")).isEmpty();
    }

    @Test
    void hitsAndMissesAreCounted() {
        cache.getIfPresent("k");
        cache.put("k", "v");
        cache.getIfPresent("k");
        cache.find("k");
        cache.lookup("j");
        assertThat(cache.stats().hits()).isEqualTo(2);
        assertThat(cache.stats().misses()).isEqualTo(2);
        assertThat(cache.stats().stores()).isEqualTo(1);
    }

    @Test
    void aHitThatIsAskedForAloneIsCountedAndNothingElseIs() {
        cache.put("k", "v");
        cache.storeAbsence(cache.lease("gone"), PLAIN);

        assertThat(cache.getIfHit("k")).isEqualTo("v");
        assertThat(cache.stats().hits()).isEqualTo(1);
        assertThat(cache.getIfHit("gone")).isNull();
        assertThat(cache.getIfHit("never")).isNull();
        cache.invalidate("k");
        assertThat(cache.getIfHit("k")).isNull();
        assertThat(cache.stats().hits()).isEqualTo(1);
        assertThat(cache.stats().misses()).isZero();
        assertThat(cache.stats().leases()).isZero();
    }

    @Test
    void anEntryEndsAfterTheRegionsTimeSinceItWasWritten() {
        RegionCache<String> ending =
                bench.builder().expireAfterWrite(Duration.ofMinutes(1)).build();
        ending.put("k", "v");
        bench.advance(Duration.ofMinutes(1).minusNanos(1));
        assertThat(ending.getIfPresent("k")).isEqualTo("v");
        bench.advance(Duration.ofNanos(1));
        assertThat(ending.getIfPresent("k")).isNull();
        assertThat(ending.stats().expired()).isEqualTo(1);
    }

    @Test
    void anEntryEndsAfterTheRegionsTimeSinceItWasRead() {
        RegionCache<String> ending =
                bench.builder().expireAfterAccess(Duration.ofMinutes(1)).build();
        ending.put("k", "v");
        for (int i = 0; i < 3; i++) {
            bench.advance(Duration.ofSeconds(59));
            assertThat(ending.getIfPresent("k")).isEqualTo("v");
        }
        bench.advance(Duration.ofMinutes(1));
        assertThat(ending.getIfPresent("k")).isNull();
    }

    @Test
    void ofSeveralLimitsTheEarliestWins() {
        RegionCache<String> ending =
                bench.builder().expireAfterWrite(Duration.ofSeconds(10)).build();
        ending.put("ttl", "v", PLAIN.ttl(Duration.ofSeconds(5)));
        ending.put(
                "deadline",
                "v",
                PLAIN.ttl(Duration.ofSeconds(9)).deadline(bench.clock.instant().plusSeconds(7)));
        ending.put("region", "v", PLAIN.ttl(Duration.ofHours(1)));
        bench.advance(Duration.ofSeconds(5));
        assertThat(ending.getIfPresent("ttl")).isNull();
        assertThat(ending.getIfPresent("deadline")).isEqualTo("v");
        bench.advance(Duration.ofSeconds(2));
        assertThat(ending.getIfPresent("deadline")).isNull();
        assertThat(ending.getIfPresent("region")).isEqualTo("v");
        bench.advance(Duration.ofSeconds(3));
        assertThat(ending.getIfPresent("region")).isNull();
    }

    @Test
    void aValueThatIsOverAtOnceIsNotKeptAndNeitherIsWhatItReplaces() {
        cache.put("k", "old");
        assertThat(cache.put("k", "v", PLAIN.ttl(Duration.ZERO)).isStored()).isTrue();
        assertThat(cache.getIfPresent("k")).isNull();
        assertThat(cache.put("k", "v", PLAIN.deadline(bench.clock.instant().minusSeconds(1)))
                        .isStored())
                .isTrue();
        assertThat(cache.getIfPresent("k")).isNull();
    }

    @Test
    void veryLongLimitsDoNotOverflow() {
        cache.put("k", "v", PLAIN.ttl(Duration.ofSeconds(Long.MAX_VALUE)));
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
    }

    @Test
    void sweepingFreesWhatExpiredUnread() {
        cache.put("k", "v", PLAIN.ttl(Duration.ofSeconds(5)));
        cache.put("j", "v");
        bench.advance(Duration.ofSeconds(5));
        cache.sweep();
        assertThat(cache.size()).isEqualTo(1);
        assertThat(cache.stats().expired()).isEqualTo(1);
    }

    @Test
    void entriesBeyondTheMaximumMakeRoom() {
        RegionCache<String> small = bench.builder().maximumEntries(10).build();
        for (int i = 0; i < 100; i++) {
            small.put("k" + i, "v");
        }
        small.sweep();
        assertThat(small.size()).isEqualTo(10);
        assertThat(small.stats().evictedForSize()).isEqualTo(90);
        assertThat(bench.heard.evicted).isEmpty();
    }

    @Test
    void bytesAreBoundedAndTooLargeAnEntryIsRefused() {
        RegionCache<String> small = RegionCache.<String>builder("users")
                .maximumBytes(10 * (ValueWeigher.ENTRY_OVERHEAD_BYTES + 2 + 100), String::length)
                .time(bench.time)
                .sweptByOwner()
                .build();
        for (int i = 10; i < 40; i++) {
            small.put("" + i, "x".repeat(100));
        }
        small.sweep();
        assertThat(small.size()).isEqualTo(10);
        assertThat(small.stats().weightBytes()).isEqualTo(10 * (ValueWeigher.ENTRY_OVERHEAD_BYTES + 2 + 100));
        assertThat(small.put("big", "x".repeat(3_000))).isEqualTo(StoreResult.refused(Refusal.TOO_LARGE));
        assertThat(small.put(
                        "10",
                        "x".repeat(100),
                        PLAIN.tags(
                                "a".repeat(500), "b".repeat(500), "c".repeat(500), "d".repeat(500), "e".repeat(500))))
                .isEqualTo(StoreResult.refused(Refusal.TOO_LARGE));
    }

    @Test
    void aNewerValueThatIsTooLargeTakesTheOlderOneWithIt() {
        String tooLarge = "x".repeat(3_000);
        RegionCache<String> small = RegionCache.<String>builder("users")
                .maximumBytes(2_000, String::length)
                .refreshAfterWrite(Duration.ofSeconds(1))
                .refreshExecutor(Runnable::run)
                .time(bench.time)
                .sweptByOwner()
                .build();
        small.put("put", "old");
        small.put("put", tooLarge);
        assertThat(small.getIfPresent("put")).isNull();

        small.put("lease", "old");
        Lease lease = small.lease("lease");
        assertThat(small.store(lease, tooLarge, PLAIN)).isEqualTo(StoreResult.refused(Refusal.TOO_LARGE));
        assertThat(small.getIfPresent("lease")).isNull();
        // The lease had no store yet: the holder may store a smaller form of what it loaded.
        assertThat(small.store(lease, "smaller", PLAIN).isStored()).isTrue();

        small.put("refresh", "old");
        bench.advance(Duration.ofSeconds(2));
        small.get("refresh", (key, load) -> tooLarge);
        assertThat(small.getIfPresent("refresh")).isNull();
    }

    @Test
    void anOlderVersionThatIsTooLargeLeavesWhatIsThere() {
        RegionCache<String> small = RegionCache.<String>builder("users")
                .maximumBytes(2_000, String::length)
                .time(bench.time)
                .sweptByOwner()
                .build();
        bench.apply(small, Selector.keys("k"), Duration.ZERO, OptionalLong.of(7));
        small.put("k", "newest", PLAIN.version(7));
        assertThat(small.put("k", "x".repeat(3_000), PLAIN.version(6))).isEqualTo(StoreResult.refused(Refusal.VERSION));
        assertThat(small.getIfPresent("k")).isEqualTo("newest");
    }

    @Test
    void entriesOrBytesMustBeLimited() {
        assertThatThrownBy(() -> RegionCache.<String>builder("users").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("users");
        bench.builder().maximumBytes(1, String::length).build().close();
    }

    @Test
    void wrongNamesAreRefused() {
        assertThatThrownBy(() -> cache.put("", "v")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cache.lease("x".repeat(513))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cache.lookup("\ud800")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PLAIN.tags("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RegionCache.builder("No")).isInstanceOf(IllegalArgumentException.class);
        assertThat(cache.getIfPresent("x".repeat(513))).isNull();
    }

    @Test
    void countingTellsWhatWouldGoAndNothingGoes() {
        cache.put("user:1", "v", PLAIN.tags("team:1"));
        cache.put("user:2", "v", PLAIN.tags("team:1", "team:2"));
        cache.put("item:1", "v");
        assertThat(cache.count(List.of(Selector.keys("user:1", "nobody")))).isEqualTo(1);
        assertThat(cache.count(List.of(Selector.tags("team:1", "team:2")))).isEqualTo(2);
        assertThat(cache.count(List.of(Selector.prefixes("user:"), Selector.keys("user:1", "item:1"))))
                .isEqualTo(3);
        assertThat(cache.count(List.of(Selector.all()))).isEqualTo(3);
        assertThat(cache.size()).isEqualTo(3);
        cache.invalidate(Selector.tags("team:2"));
        assertThat(cache.count(List.of(Selector.all()))).isEqualTo(2);
        assertThat(cache.stats().hits()).isZero();
    }
}
