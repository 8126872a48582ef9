package dev.freshet.cache.behaviour;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.Audited;
import dev.freshet.bus.AuditedEntry;
import dev.freshet.bus.Confirmation;
import dev.freshet.bus.ResetReason;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.schema.Selector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The invariant: what a cache says that it holds is what a read would return now, and saying so changes nothing. */
class AuditedTest {

    private static final Duration BOUND = Duration.ofSeconds(2);

    private final Bench bench = new Bench();

    private RegionCache<String> cache(UnconfirmedPolicy policy) {
        return bench.builder()
                .unconfirmed(policy, BOUND)
                .valueBytes(value -> value.getBytes(StandardCharsets.UTF_8))
                .build();
    }

    private Audited held(RegionCache<?> cache, long storedBeforeMicros, int limit, Selector... selectors) {
        return requireNonNull(cache.audit(new AuditQuery(List.of(selectors), storedBeforeMicros, limit, true)));
    }

    private Audited held(RegionCache<?> cache, Selector... selectors) {
        return held(cache, Long.MAX_VALUE, 100, selectors);
    }

    private static List<String> keys(Audited held) {
        return held.entries().stream().map(AuditedEntry::key).sorted().toList();
    }

    @Test
    void withoutABusNobodyKnowsWhatTheTimesWouldMean() {
        assertThat(cache(UnconfirmedPolicy.SERVE).audit(new AuditQuery(List.of(Selector.all()), 0, 1, false)))
                .isNull();
    }

    @Test
    void namesWhatEachKindOfSelectorNames() {
        RegionCache<String> cache = cache(UnconfirmedPolicy.SERVE);
        bench.attach(cache);
        long storedAtMicros = bench.clock.wallMicros();
        cache.put("user:1", "one", StoreOptions.none().tags("team").version(7));
        assertThat(cache.get("user:2", (key, load) -> {
                    load.cacheAbsence();
                    return null;
                }))
                .isNull();
        cache.put("post:1", "p");
        bench.advance(Duration.ofSeconds(1));

        assertThat(keys(held(cache, Selector.keys("user:1", "nobody")))).containsExactly("user:1");
        assertThat(keys(held(cache, Selector.tags("team")))).containsExactly("user:1");
        assertThat(keys(held(cache, Selector.prefixes("user:")))).containsExactly("user:1", "user:2");
        assertThat(keys(held(cache, Selector.all()))).containsExactly("post:1", "user:1", "user:2");
        assertThat(held(cache, Selector.tags("team"), Selector.keys("user:1")).matching())
                .isEqualTo(1);

        AuditedEntry one = held(cache, Selector.keys("user:1")).entries().get(0);
        assertThat(one)
                .isEqualTo(new AuditedEntry(
                        "user:1",
                        storedAtMicros,
                        OptionalLong.of(7),
                        List.of("team"),
                        storedAtMicros,
                        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"));
        assertThat(held(cache, Selector.keys("user:2")).entries().get(0).valueHash())
                .as("a cached absence")
                .isEmpty();
    }

    @Test
    void askedForAMomentItLeavesOutWhatWasStoredFromThenOn() {
        RegionCache<String> cache = cache(UnconfirmedPolicy.SERVE);
        bench.attach(cache);
        cache.put("old", "v");
        bench.advance(Duration.ofMillis(1));
        long moment = bench.clock.wallMicros();
        cache.put("new", "v");

        assertThat(keys(held(cache, moment, 100, Selector.all()))).containsExactly("old");
        assertThat(keys(held(cache, moment + 1, 100, Selector.all()))).containsExactly("new", "old");
        assertThat(held(cache, moment, 0, Selector.all()).matching()).isEqualTo(1);
    }

    @Test
    void ofManyItCountsAllAndNamesARandomFew() {
        RegionCache<String> cache = cache(UnconfirmedPolicy.SERVE);
        bench.attach(cache);
        IntStream.range(0, 500).forEach(i -> cache.put("k" + i, "v"));
        Set<String> named = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            Audited held = held(cache, Long.MAX_VALUE, 10, Selector.all());
            assertThat(held.matching()).isEqualTo(500);
            assertThat(keys(held)).hasSize(10).doesNotHaveDuplicates();
            named.addAll(keys(held));
        }
        assertThat(named).hasSizeGreaterThan(100);
    }

    @Test
    void whatNoReadWouldReturnIsNotHeld() {
        RegionCache<String> cache = cache(UnconfirmedPolicy.SERVE);
        bench.attach(cache);
        cache.put("by-tag", "v", StoreOptions.none().tags("t"));
        cache.put("by-prefix", "v");
        cache.put("by-key", "v");
        cache.put("expired", "v", StoreOptions.none().ttl(Duration.ofSeconds(1)));
        cache.put("kept", "v");
        bench.apply(cache, Selector.tags("t"), Duration.ZERO);
        bench.apply(cache, Selector.prefixes("by-p"), Duration.ZERO);
        bench.apply(cache, Selector.keys("by-key"), Duration.ZERO);
        bench.advance(Duration.ofSeconds(1));

        assertThat(keys(held(cache, Selector.all()))).containsExactly("kept");
        assertThat(keys(held(cache, Selector.keys("by-tag", "by-prefix", "by-key", "expired", "kept"))))
                .containsExactly("kept");
    }

    @Test
    void anUnconfirmedRegionSaysAsOfWhenItIsConfirmedOrHoldsNothing() {
        RegionCache<String> serving = cache(UnconfirmedPolicy.SERVE);
        RegionCache<String> bypassing = cache(UnconfirmedPolicy.BYPASS);
        for (RegionCache<String> cache : List.of(serving, bypassing)) {
            bench.attach(cache);
            cache.put("k", "v");
        }
        long confirmedAtMicros = bench.clock.wallMicros();
        bench.advance(BOUND.plusMillis(1));

        assertThat(held(serving, Selector.keys("k")).entries().get(0).confirmedAtMicros())
                .isEqualTo(confirmedAtMicros);
        assertThat(held(bypassing, Selector.keys("k"))).isEqualTo(Audited.NOTHING);
    }

    @Test
    void whatASpreadResetSparesIsConfirmedAsOfBeforeTheReset() {
        RegionCache<String> cache = bench.builder()
                .unconfirmed(UnconfirmedPolicy.SERVE, BOUND)
                .resetSpread(BOUND)
                .build();
        Confirmation confirmation = bench.attach(cache);
        long beforeMicros = bench.clock.wallMicros();
        IntStream.range(0, 200).forEach(i -> cache.put("k" + i, "v"));
        bench.advance(Duration.ofMillis(500));
        cache.reset(ResetReason.TRIMMED);
        bench.confirm(confirmation);

        Audited held = held(cache, Selector.all());
        assertThat(held.entries()).isNotEmpty().allMatch(entry -> entry.confirmedAtMicros() == beforeMicros);
        assertThat(held.matching())
                .isEqualTo(IntStream.range(0, 200)
                        .filter(i -> cache.getIfPresent("k" + i) != null)
                        .count());
    }

    @Test
    void sayingSoCountsAsNoRead() {
        RegionCache<String> cache = cache(UnconfirmedPolicy.SERVE);
        bench.attach(cache);
        cache.put("k", "v");
        bench.advance(Duration.ofSeconds(1));
        held(cache, Selector.keys("k", "absent"));
        held(cache, Selector.all());
        assertThat(cache.stats().hits() + cache.stats().misses()).isZero();
        bench.apply(cache, Selector.keys("k"), Duration.ofMillis(500));
        assertThat(bench.heard.staleHits).isZero();
    }
}
