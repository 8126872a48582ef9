package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.ResetReason;
import dev.freshet.cache.EvictionCause;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InvalidationTest {

    private static final StoreOptions PLAIN = StoreOptions.none();
    private static final Duration NOW = Duration.ZERO;

    private final Bench bench = new Bench();
    private final RegionCache<String> cache = bench.builder().build();

    @Test
    void keysEvictTheirEntriesAndNoOthers() {
        cache.put("a", "v");
        cache.put("b", "v");
        cache.put("c", "v");
        bench.apply(cache, Selector.keys("a", "b", "nobody"), NOW);
        assertThat(cache.getIfPresent("a")).isNull();
        assertThat(cache.getIfPresent("b")).isNull();
        assertThat(cache.getIfPresent("c")).isEqualTo("v");
        assertThat(bench.heard.evicted).containsOnlyKeys(EvictionCause.KEY).containsValue(2L);
    }

    @Test
    void tagsEvictWhatBearsThemAndNothingElse() {
        cache.put("a", "v", PLAIN.tags("s", "t"));
        cache.put("b", "v", PLAIN.tags("s"));
        cache.put("t", "v");
        bench.apply(cache, Selector.tags("t"), NOW);
        assertThat(cache.getIfPresent("a")).isNull();
        assertThat(cache.getIfPresent("b")).isEqualTo("v");
        assertThat(cache.getIfPresent("t")).isEqualTo("v");
        cache.sweep();
        assertThat(bench.heard.evicted).containsOnlyKeys(EvictionCause.TAG).containsValue(1L);
    }

    @Test
    void prefixesEvictWhatBeginsWithThemAndNothingElse() {
        cache.put("user:1", "v");
        cache.put("user", "v");
        cache.put("users:1", "v");
        cache.put("item:1", "v");
        cache.put("i", "v");
        bench.apply(cache, Selector.prefixes("user:", "item:1"), NOW);
        assertThat(cache.getIfPresent("user:1")).isNull();
        assertThat(cache.getIfPresent("item:1")).isNull();
        assertThat(cache.getIfPresent("user")).isEqualTo("v");
        assertThat(cache.getIfPresent("users:1")).isEqualTo("v");
        assertThat(cache.getIfPresent("i")).isEqualTo("v");
    }

    @Test
    void prefixesOfOneHashAreToldApart() {
        cache.put("Aa1", "v");
        cache.put("BB1", "v");
        cache.invalidate(Selector.prefixes("Aa"));
        assertThat(cache.getIfPresent("Aa1")).isNull();
        assertThat(cache.getIfPresent("BB1")).isEqualTo("v");
        cache.invalidate(Selector.prefixes("BB"));
        cache.put("Aa1", "w");
        assertThat(cache.getIfPresent("BB1")).isNull();
        assertThat(cache.getIfPresent("Aa1")).isEqualTo("w");
    }

    @Test
    void tenThousandPrefixesAreAllHeeded() {
        IntStream.range(0, 500).forEach(i -> cache.put("p" + i + ":x", "v"));
        IntStream.range(0, 10_000)
                .filter(i -> i != 77)
                .forEach(i -> cache.invalidate(Selector.prefixes("p" + i + ":")));
        assertThat(IntStream.range(0, 500).filter(i -> cache.getIfPresent("p" + i + ":x") != null))
                .containsExactly(77);
    }

    @Test
    void allEvictsEverything() {
        cache.put("a", "v", PLAIN.tags("t"));
        cache.put("b", "v");
        bench.apply(cache, Selector.all(), NOW);
        assertThat(cache.size()).isZero();
        assertThat(cache.getIfPresent("a")).isNull();
        cache.sweep();
        assertThat(cache.size()).isZero();
        assertThat(bench.heard.evicted).containsOnlyKeys(EvictionCause.ALL).containsValue(2L);
    }

    @Test
    void aResetEvictsEverything() {
        cache.put("a", "v");
        cache.reset(ResetReason.TRIMMED);
        assertThat(cache.getIfPresent("a")).isNull();
        assertThat(bench.heard.evicted).containsOnlyKeys(EvictionCause.RESET);
    }

    @Test
    void whatIsStoredAfterABroadInvalidationStays() {
        cache.put("user:1", "old", PLAIN.tags("t"));
        cache.invalidate(Selector.tags("t"));
        cache.invalidate(Selector.prefixes("user:"));
        cache.invalidate(Selector.all());
        cache.put("user:1", "new", PLAIN.tags("t"));
        cache.sweep();
        assertThat(cache.getIfPresent("user:1")).isEqualTo("new");
    }

    @Test
    void aTagIsRememberedAsLongAsALeaseIsOlderThanIt() {
        Lease lease = cache.lease("k");
        cache.invalidate(Selector.tags("t"));
        cache.invalidate(Selector.prefixes("p"));
        cache.sweep();
        cache.sweep();
        assertThat(cache.stats().broadInvalidations()).isEqualTo(2);
        assertThat(cache.store(lease, "v", PLAIN.tags("t"))).isEqualTo(StoreResult.refused(Refusal.INVALIDATED));
        assertThat(cache.store(lease, "v", PLAIN).isStored()).isTrue();
        cache.sweep();
        assertThat(cache.stats().broadInvalidations()).isZero();
    }

    @Test
    void anAbandonedLeaseIsNotWaitedForBeyondItsEnd() {
        Lease lease = cache.lease("k");
        cache.invalidate(Selector.tags("t"));
        bench.advance(Duration.ofSeconds(10));
        cache.sweep();
        assertThat(cache.stats().broadInvalidations()).isZero();
        assertThat(cache.store(lease, "v", PLAIN.tags("t"))).isEqualTo(StoreResult.refused(Refusal.EXPIRED));
    }

    @Test
    void theMemoryOfBroadInvalidationsIsBounded() {
        RegionCache<String> small = bench.builder().maximumBroadInvalidations(2).build();
        small.put("k", "v");
        Lease lease = small.lease("k");
        small.invalidate(Selector.tags("a"));
        small.invalidate(Selector.prefixes("b"));
        small.invalidate(Selector.tags("a"));
        assertThat(bench.heard.resets).isEmpty();
        assertThat(small.getIfPresent("k")).isEqualTo("v");
        small.invalidate(Selector.tags("c"));
        assertThat(bench.heard.resets).containsExactly(ResetReason.OVERFLOW);
        assertThat(small.stats().resets())
                .containsOnlyKeys(ResetReason.values())
                .containsEntry(ResetReason.OVERFLOW, 1L)
                .containsEntry(ResetReason.EPOCH, 0L);
        assertThat(small.getIfPresent("k")).isNull();
        assertThat(small.store(lease, "v", PLAIN)).isEqualTo(StoreResult.refused(Refusal.RESET));
        assertThat(small.stats().broadInvalidations()).isZero();
    }

    @Test
    void aLowerVersionIsRefusedAndTheHighestWins() {
        bench.apply(cache, Selector.keys("k"), NOW, OptionalLong.of(5));
        bench.apply(cache, Selector.keys("k"), NOW, OptionalLong.of(3));
        assertThat(cache.store(cache.lease("k"), "v", PLAIN.version(4)))
                .isEqualTo(StoreResult.refused(Refusal.VERSION));
        assertThat(cache.put("k", "v", PLAIN.version(4))).isEqualTo(StoreResult.refused(Refusal.VERSION));
        assertThat(cache.store(cache.lease("k"), "v", PLAIN).isStored()).isTrue();
        assertThat(cache.put("k", "v", PLAIN.version(5)).isStored()).isTrue();
        assertThat(cache.put("other", "v", PLAIN.version(1)).isStored()).isTrue();
    }

    @Test
    void aVersionIsRememberedAcrossResetsForItsRetention() {
        bench.apply(cache, Selector.keys("k"), NOW, OptionalLong.of(5));
        cache.reset(ResetReason.EPOCH);
        cache.clear();
        bench.advance(Duration.ofSeconds(60).minusNanos(1));
        cache.sweep();
        assertThat(cache.put("k", "v", PLAIN.version(4)).isStored()).isFalse();
        bench.advance(Duration.ofNanos(1));
        assertThat(cache.put("k", "v", PLAIN.version(4)).isStored()).isTrue();
        cache.sweep();
        assertThat(cache.stats().versionFences()).isZero();
    }

    @Test
    void anEntryAtOrAboveTheVersionStays() {
        cache.put("below", "v", PLAIN.version(4));
        cache.put("at", "v", PLAIN.version(5));
        cache.put("above", "v", PLAIN.version(6));
        cache.put("without", "v");
        Lease lease = cache.lease("at");
        bench.apply(cache, Selector.keys("below", "at", "above", "without"), NOW, OptionalLong.of(5));
        assertThat(cache.getIfPresent("below")).isNull();
        assertThat(cache.getIfPresent("at")).isEqualTo("v");
        assertThat(cache.getIfPresent("above")).isEqualTo("v");
        assertThat(cache.getIfPresent("without")).isNull();
        assertThat(cache.store(lease, "w", PLAIN.version(9))).isEqualTo(StoreResult.refused(Refusal.INVALIDATED));
        bench.apply(cache, Selector.keys("above"), NOW);
        assertThat(cache.getIfPresent("above")).isNull();
    }

    @Test
    void theMemoryOfVersionsIsBoundedAndErrsOnTheSideOfRefusing() {
        RegionCache<String> small = bench.builder().maximumVersionFences(1).build();
        IntStream.range(0, 1_000)
                .forEach(i -> bench.apply(small, Selector.keys("k" + i), NOW, OptionalLong.of(1_000 + i)));
        assertThat(small.stats().versionFences()).isLessThanOrEqualTo(64);
        assertThat(small.stats().versionFences() + small.stats().versionFencesDropped())
                .isEqualTo(1_000);
        assertThat(IntStream.range(0, 1_000).filter(i -> small.put("k" + i, "v", PLAIN.version(999 + i))
                        .isStored()))
                .isEmpty();
        bench.advance(Duration.ofSeconds(60));
        assertThat(small.put("k1", "v", PLAIN.version(1)).isStored()).isTrue();
    }

    @Test
    void anEntryReadBetweenItsChangeAndItsEvictionIsAStaleHitOnce() {
        bench.attach(cache);
        cache.put("read", "v");
        cache.put("early", "v");
        cache.put("unread", "v");
        cache.getIfPresent("early");
        bench.advance(Duration.ofSeconds(1));
        cache.getIfPresent("read");
        cache.getIfPresent("read");
        bench.advance(Duration.ofMillis(5));
        bench.apply(cache, Selector.keys("read", "early", "unread"), Duration.ofMillis(10));
        assertThat(bench.heard.staleHits).isEqualTo(1);
        assertThat(cache.stats().staleHits()).isEqualTo(1);
    }

    @Test
    void staleHitsOfBroadInvalidationsAreMeasuredAgainstTheFirstThatMatched() {
        bench.attach(cache);
        for (Selector selector : new Selector[] {Selector.tags("t"), Selector.prefixes("k"), Selector.all()}) {
            bench.heard.staleHits = 0;
            cache.put("k", "v", PLAIN.tags("t"));
            bench.advance(Duration.ofSeconds(1));
            cache.getIfPresent("k");
            bench.advance(Duration.ofMillis(5));
            bench.apply(cache, selector, Duration.ofMillis(10));
            bench.advance(Duration.ofSeconds(1));
            bench.apply(cache, selector, Duration.ofMillis(10));
            cache.sweep();
            assertThat(bench.heard.staleHits).as("%s", selector).isEqualTo(1);
        }
        cache.put("k", "v", PLAIN.tags("t"));
        cache.getIfPresent("k");
        bench.advance(Duration.ofSeconds(1));
        bench.apply(cache, Selector.tags("t"), Duration.ofMillis(10));
        cache.sweep();
        assertThat(bench.heard.staleHits).isEqualTo(1);
    }

    @Test
    void aListenerThatThrowsIsCountedAndHarmsNothing() {
        RegionCache<String> cacheWithBadListener = bench.builder()
                .listener(new dev.freshet.cache.CacheListener() {
                    @Override
                    public void stored(String region) {
                        throw new IllegalStateException("bad listener");
                    }

                    @Override
                    public void evicted(String region, EvictionCause cause, long count) {
                        throw new IllegalStateException("bad listener");
                    }
                })
                .build();
        cacheWithBadListener.put("k", "v");
        bench.apply(cacheWithBadListener, Selector.keys("k"), NOW);
        assertThat(cacheWithBadListener.getIfPresent("k")).isNull();
        assertThat(cacheWithBadListener.stats().listenerFailures()).isEqualTo(2);
    }
}
