package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.ResetReason;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.Loaded;
import dev.freshet.cache.Loader;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.schema.Selector;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The invariant: a value that is not valid is returned only to a caller whose load failed, only where the region is told to,
 * marked, and never when more time has passed than the region allows since it was last known to be valid.
 */
class FailSafeTest {

    private static final Duration FOR = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofDays(1);
    private static final StoreOptions TAGGED = StoreOptions.none().tags("t");
    private static final Loader<String> FAILING = (key, load) -> {
        throw new IOException("the source is away");
    };

    private final Bench bench = new Bench();
    private final RegionCache<String> cache = builder().build();
    private final Confirmation confirmation = bench.attach(cache);

    private RegionCacheBuilder<String> builder() {
        return bench.builder().expireAfterWrite(Duration.ofMinutes(1)).failSafe(FOR);
    }

    private void advance(Duration duration) {
        bench.advance(duration);
        bench.confirm(confirmation);
    }

    private Lookup.Hit<String> stale(String key) {
        Lookup<String> lookup = cache.lookupAfterFailure(key, LONG);
        assertThat(lookup).isInstanceOf(Lookup.Hit.class);
        return (Lookup.Hit<String>) lookup;
    }

    @Test
    void aFailedLoadOfAnInvalidatedEntryBringsWhatWasValidLast() {
        List<Consumer<RegionCache<String>>> invalidations = List.of(
                c -> c.invalidate("k"),
                c -> bench.apply(c, Selector.keys("k"), Duration.ZERO),
                c -> bench.apply(c, Selector.keys("k"), Duration.ZERO, OptionalLong.of(3)),
                c -> bench.apply(c, Selector.tags("t"), Duration.ZERO),
                c -> bench.apply(c, Selector.prefixes("k"), Duration.ZERO),
                c -> bench.apply(c, Selector.all(), Duration.ZERO),
                c -> c.reset(ResetReason.EPOCH));
        for (Consumer<RegionCache<String>> invalidation : invalidations) {
            cache.put("k", "v", TAGGED);
            invalidation.accept(cache);
            advance(Duration.ofSeconds(10));
            cache.sweep();
            cache.sweep();
            assertThat(cache.getIfPresent("k")).isNull();
            assertThat(cache.find("k")).isEmpty();
            assertThat(cache.lookup("k")).isInstanceOf(Lookup.Miss.class);
            assertThat(cache.get("k", FAILING)).isEqualTo("v");
            Loaded<String> loaded = cache.getWithState("k", FAILING);
            assertThat(loaded.value()).isEqualTo("v");
            assertThat(loaded.state()).isEqualTo(ServingState.STALE);
            assertThat(loaded.staleNanos()).isEqualTo(10_000_000_000L);
            assertThat(loaded.fault()).hasRootCauseInstanceOf(IOException.class);
            assertThat(stale("k").staleNanos()).isEqualTo(10_000_000_000L);
            assertThat(cache.size()).isZero();
            assertThat(cache.stats().staleCopies()).isEqualTo(1);
            advance(FOR.minusSeconds(10));
            assertThat(cache.get("k", FAILING)).isEqualTo("v");
            advance(Duration.ofNanos(1));
            assertThatThrownBy(() -> cache.get("k", FAILING)).isInstanceOf(LoadException.class);
            cache.sweep();
            assertThat(cache.stats().staleCopies()).isZero();
            assertThat(cache.stats().entries()).isZero();
        }
    }

    @Test
    void anExpiredEntryCountsFromItsEndHoweverLateThatIsFound() {
        cache.put("k", "v");
        advance(Duration.ofSeconds(75));
        assertThat(cache.getIfPresent("k")).isNull();
        assertThat(stale("k").staleNanos()).isEqualTo(15_000_000_000L);
        assertThat(stale("k").ageNanos()).isEqualTo(75_000_000_000L);
        advance(Duration.ofSeconds(15).plusNanos(1));
        assertThat(cache.lookupAfterFailure("k", LONG)).isInstanceOf(Lookup.Miss.class);
    }

    @Test
    void aLateAnnouncementCountsFromTheChange() {
        cache.put("k", "v", TAGGED);
        cache.put("j", "v", TAGGED);
        advance(Duration.ofSeconds(20));
        bench.apply(cache, Selector.keys("k"), Duration.ofSeconds(15));
        bench.apply(cache, Selector.tags("t"), Duration.ofSeconds(12));
        bench.apply(cache, Selector.tags("t"), Duration.ZERO);
        assertThat(stale("k").staleNanos()).isEqualTo(15_000_000_000L);
        cache.getIfPresent("j");
        assertThat(stale("j").staleNanos()).isEqualTo(12_000_000_000L);
    }

    @Test
    void ofSeveralInvalidationsTheFirstCountsWhateverCameBetween() {
        cache.put("k", "v", TAGGED);
        bench.apply(cache, Selector.tags("t"), Duration.ZERO);
        for (int i = 0; i < 20; i++) {
            advance(Duration.ofSeconds(1));
            bench.apply(cache, i % 2 == 0 ? Selector.tags("t") : Selector.all(), Duration.ZERO);
        }
        cache.reset(ResetReason.EPOCH);
        assertThat(stale("k").staleNanos()).isEqualTo(20_000_000_000L);
        bench.apply(cache, Selector.keys("k"), Duration.ZERO);
        assertThat(stale("k").staleNanos()).isEqualTo(20_000_000_000L);
    }

    @Test
    void aResetCountsFromTheConfirmationBeforeIt() {
        cache.put("k", "v");
        bench.advance(Duration.ofSeconds(12)); // silence
        cache.reset(ResetReason.SERVER);
        bench.confirm(confirmation);
        cache.sweep();
        assertThat(stale("k").staleNanos()).isEqualTo(12_000_000_000L);
        advance(Duration.ofSeconds(18).plusNanos(1));
        assertThat(cache.lookupAfterFailure("k", LONG)).isInstanceOf(Lookup.Miss.class);
    }

    @Test
    void nothingFromBeforeTheFirstJoinIsKept() {
        cache.put("k", "v");
        cache.put("j", "v");
        cache.invalidate("j");
        cache.joined();
        assertThat(cache.lookupAfterFailure("k", LONG)).isInstanceOf(Lookup.Miss.class);
        assertThat(cache.lookupAfterFailure("j", LONG)).isInstanceOf(Lookup.Miss.class);
        cache.sweep();
        assertThat(cache.stats().staleCopies()).isZero();
    }

    @Test
    void timeWithoutConfirmationCountsAsStale() {
        cache.put("k", "v");
        bench.advance(Duration.ofSeconds(25));
        cache.invalidate("k");
        assertThat(stale("k").staleNanos()).isEqualTo(25_000_000_000L);
        bench.advance(Duration.ofSeconds(5).plusNanos(1));
        assertThat(cache.lookupAfterFailure("k", LONG)).isInstanceOf(Lookup.Miss.class);
        bench.confirm(confirmation);
        assertThat(stale("k").staleNanos()).isEqualTo(5_000_000_001L);
    }

    @Test
    void aBypassedRegionFallsBackOnWhatItCannotProve() {
        RegionCache<String> careful = builder()
                .unconfirmed(UnconfirmedPolicy.BYPASS, Duration.ofSeconds(2))
                .build();
        bench.attach(careful);
        careful.put("k", "v");
        bench.advance(Duration.ofSeconds(3));
        Loaded<String> loaded = careful.getWithState("k", FAILING);
        assertThat(loaded.state()).isEqualTo(ServingState.STALE);
        assertThat(loaded.staleNanos()).isEqualTo(3_000_000_000L);
        bench.advance(FOR);
        assertThatThrownBy(() -> careful.get("k", FAILING)).isInstanceOf(LoadException.class);
    }

    @Test
    void theCallerMayAllowLess() {
        cache.put("k", "v");
        cache.invalidate("k");
        advance(Duration.ofSeconds(10));
        assertThat(cache.lookupAfterFailure("k", Duration.ofSeconds(10))).isInstanceOf(Lookup.Hit.class);
        assertThat(cache.lookupAfterFailure("k", Duration.ofSeconds(9))).isInstanceOf(Lookup.Miss.class);
        assertThat(cache.stats().staleServings()).isEqualTo(1);
    }

    @Test
    void aNewValueTakesTheCopysPlaceAndAnAbsenceIsNeverACopy() {
        cache.put("k", "v");
        cache.invalidate("k");
        cache.put("k", "new");
        assertThat(stale("k").value()).isEqualTo("new");
        assertThat(stale("k").state()).isEqualTo(ServingState.CONFIRMED);
        cache.storeAbsence(cache.lease("k"), StoreOptions.none());
        cache.invalidate("k");
        assertThat(cache.lookupAfterFailure("k", LONG)).isInstanceOf(Lookup.Miss.class);
        assertThat(cache.stats().staleCopies()).isZero();
    }

    @Test
    void aFaultOfThisProcessIsNotTakenForTheSources() {
        cache.put("k", "v");
        cache.invalidate("k");
        assertThatThrownBy(() -> cache.get("k", (key, load) -> cache.get("k", FAILING)))
                .isInstanceOf(LoadException.class);
        assertThatThrownBy(() -> cache.get("k", (key, load) -> {
                    throw new StackOverflowError();
                }))
                .isInstanceOf(StackOverflowError.class);
    }

    @Test
    void withoutTheSettingAFailedLoadFails() {
        RegionCache<String> plain = bench.builder().build();
        plain.put("k", "v");
        plain.invalidate("k");
        assertThatThrownBy(() -> plain.get("k", FAILING)).isInstanceOf(LoadException.class);
        assertThat(plain.lookupAfterFailure("k", LONG)).isInstanceOf(Lookup.Miss.class);
    }

    @Test
    void copiesCountWithinTheRegionsLimits() {
        RegionCache<String> small = builder().maximumEntries(100).build();
        IntStream.range(0, 1_000).forEach(i -> {
            small.put("k" + i, "v");
            small.invalidate("k" + i);
        });
        small.sweep();
        assertThat(small.stats().entries()).isBetween(1L, 100L);
        assertThat(small.stats().staleCopies()).isEqualTo(small.stats().entries());
        assertThat(small.size()).isZero();
        bench.advance(FOR.plusNanos(1));
        small.sweep();
        assertThat(small.stats().entries()).isZero();
        assertThat(small.stats().staleCopies()).isZero();
    }
}
