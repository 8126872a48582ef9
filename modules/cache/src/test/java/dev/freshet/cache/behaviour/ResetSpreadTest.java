package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.ResetReason;
import dev.freshet.cache.EvictionCause;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The invariant: a spared entry is never read when more time has passed since the last confirmation before the reset than
 * the bound, never said to be younger than that, and never outlives an invalidation that comes after or came before it.
 */
class ResetSpreadTest {

    private static final int ENTRIES = 1_000;
    private static final Duration BOUND = Duration.ofSeconds(10);
    private static final Duration SPREAD = Duration.ofSeconds(4);
    private static final StoreOptions TAGGED = StoreOptions.none().tags("t");

    private final Bench bench = new Bench();
    private final RegionCache<String> cache = builder().build();
    private final Confirmation confirmation = bench.attach(cache);

    private RegionCacheBuilder<String> builder() {
        return bench.builder()
                .maximumEntries(10 * ENTRIES)
                .unconfirmed(UnconfirmedPolicy.BYPASS, BOUND)
                .resetSpread(SPREAD);
    }

    private void fill() {
        IntStream.range(0, ENTRIES).forEach(i -> cache.put("k" + i, "v", TAGGED));
    }

    private long readable() {
        return IntStream.range(0, ENTRIES)
                .filter(i -> cache.getIfPresent("k" + i) != null)
                .count();
    }

    /** The bus lost its place and found a new one: reset first, then confirmed as of now. */
    private void reset(ResetReason reason) {
        cache.reset(reason);
        bench.confirm(confirmation);
    }

    @Test
    void entriesBecomeMissesOneAfterTheOtherAndAllWithinTheSpread() {
        fill();
        reset(ResetReason.EPOCH);
        long before = ENTRIES;
        for (int quarter = 1; quarter <= 3; quarter++) {
            bench.advance(SPREAD.dividedBy(4));
            long left = readable();
            assertThat(left).isBetween(ENTRIES * (4L - quarter) / 4 - 60, ENTRIES * (4L - quarter) / 4 + 60);
            assertThat(left).isLessThan(before);
            before = left;
        }
        bench.advance(SPREAD.dividedBy(4));
        assertThat(readable()).isZero();
    }

    @Test
    void neverBeyondTheBoundSinceTheConfirmationBefore() {
        fill();
        bench.advance(BOUND.minusSeconds(1)); // nine seconds of silence, so one is left
        reset(ResetReason.SERVER);
        bench.advance(Duration.ofMillis(500));
        assertThat(readable()).isBetween(400L, 600L);
        bench.advance(Duration.ofMillis(500));
        assertThat(readable()).isZero();
    }

    @Test
    void withoutAConfirmationWithinTheBoundNothingIsSpared() {
        fill();
        bench.advance(BOUND);
        reset(ResetReason.SERVER);
        assertThat(readable()).isZero();
        RegionCache<String> never =
                builder().unconfirmed(UnconfirmedPolicy.SERVE, BOUND).build();
        never.put("k", "v");
        never.reset(ResetReason.EPOCH);
        assertThat(never.getIfPresent("k")).isNull();
        fill();
        cache.joined();
        assertThat(readable()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"UNREADABLE", "FOREIGN", "READER_FAILED", "OVERFLOW"})
    void whereARecordCouldNotBeAppliedNothingIsSpared(ResetReason reason) {
        fill();
        reset(reason);
        assertThat(readable()).isZero();
    }

    @Test
    void anAnswerSaysTheAgeOfTheConfirmationBeforeTheReset() {
        fill();
        cache.put("fresh", "v");
        bench.advance(Duration.ofMillis(1_500));
        reset(ResetReason.EPOCH);
        cache.put("new", "v");
        bench.advance(Duration.ofMillis(500));
        Lookup.Hit<String> spared = someSpared();
        assertThat(spared.confirmedAgeNanos()).isEqualTo(2_000_000_000L);
        assertThat(spared.state()).isEqualTo(ServingState.CONFIRMED);
        assertThat(cache.find("new").orElseThrow().confirmedAgeNanos()).isEqualTo(500_000_000L);
        bench.confirm(confirmation);
        assertThat(someSpared().confirmedAgeNanos())
                .as("a later confirmation says nothing about it")
                .isEqualTo(2_000_000_000L);
    }

    private Lookup.Hit<String> someSpared() {
        return IntStream.range(0, ENTRIES)
                .mapToObj(i -> cache.find("k" + i))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aFrozenProcessFindsNothingSparedWhenItWakes() {
        fill();
        reset(ResetReason.EPOCH);
        bench.clock.stepWall(SPREAD); // its monotonic clock stood still
        bench.confirm(confirmation);
        assertThat(readable()).isZero();
    }

    @Test
    void leasesAndLoadsDieAtOnce() {
        fill();
        Lease lease = cache.lease("k1");
        reset(ResetReason.EPOCH);
        assertThat(cache.store(lease, "late", TAGGED)).isEqualTo(StoreResult.refused(Refusal.RESET));
        assertThat(cache.store("k1", lease.token(), "late", TAGGED)).isEqualTo(StoreResult.refused(Refusal.RESET));
        assertThat(cache.getIfPresent("k1")).isNotEqualTo("late");
        bench.advance(SPREAD);
        assertThat(cache.getIfPresent("k1")).isNull();
    }

    @Test
    void aStoreAfterTheResetIsNotASparedEntry() {
        fill();
        reset(ResetReason.EPOCH);
        cache.store(cache.lease("k1"), "new", TAGGED);
        bench.advance(SPREAD);
        cache.sweep();
        bench.confirm(confirmation);
        assertThat(cache.getIfPresent("k1")).isEqualTo("new");
        assertThat(readable()).isEqualTo(1);
    }

    @Test
    void laterInvalidationsOfEveryKindEvictAtOnce() {
        for (Selector selector : List.of(
                Selector.keys(IntStream.range(0, ENTRIES).mapToObj(i -> "k" + i).toArray(String[]::new)),
                Selector.tags("t"),
                Selector.prefixes("k"),
                Selector.all())) {
            fill();
            reset(ResetReason.EPOCH);
            assertThat(readable()).isPositive();
            bench.apply(cache, selector, Duration.ZERO);
            assertThat(readable()).as("%s", selector).isZero();
            bench.advance(SPREAD);
            cache.sweep();
        }
    }

    @Test
    void whatWasInvalidatedBeforeTheResetStaysSo() {
        for (Selector selector : List.of(Selector.tags("t"), Selector.prefixes("k"), Selector.all())) {
            fill();
            bench.apply(cache, selector, Duration.ZERO); // nobody has looked since, nor the sweeper
            reset(ResetReason.EPOCH);
            assertThat(readable()).as("%s", selector).isZero();
            bench.advance(SPREAD);
            cache.sweep();
        }
    }

    @Test
    void whatWasInvalidatedBetweenTwoResetsStaysSo() {
        for (Selector selector : List.of(Selector.tags("t"), Selector.prefixes("k"), Selector.all())) {
            fill();
            reset(ResetReason.EPOCH);
            bench.apply(cache, selector, Duration.ZERO); // nobody has looked since, nor the sweeper
            reset(ResetReason.SERVER);
            assertThat(readable()).as("%s", selector).isZero();
            bench.advance(SPREAD);
            cache.sweep();
        }
    }

    @Test
    void sweepsBetweenNeitherEndASparedEntryNorForgetWhatWouldEvictIt() {
        fill();
        bench.apply(cache, Selector.tags("other"), Duration.ZERO);
        reset(ResetReason.EPOCH);
        cache.sweep();
        bench.advance(SPREAD.dividedBy(2));
        bench.apply(cache, Selector.tags("another"), Duration.ZERO);
        cache.sweep();
        cache.sweep();
        assertThat(readable()).isBetween(400L, 600L);
        assertThat(cache.size()).isEqualTo(readable());
        bench.apply(cache, Selector.tags("t"), Duration.ZERO);
        cache.sweep();
        assertThat(readable()).isZero();
        bench.advance(SPREAD);
        cache.sweep();
        assertThat(cache.stats().broadInvalidations()).isZero();
        assertThat(cache.stats().entries()).isZero();
    }

    @Test
    void aSecondResetLeavesTheFirstOnesMoments() {
        fill();
        reset(ResetReason.EPOCH);
        bench.advance(SPREAD.dividedBy(2));
        long left = readable();
        reset(ResetReason.SERVER);
        assertThat(readable()).isEqualTo(left);
        bench.advance(SPREAD.dividedBy(2));
        assertThat(readable()).isZero();
    }

    @Test
    void manyResetsInARowKeepWithinTheirBounds() {
        for (int i = 0; i < 10; i++) {
            fill();
            reset(ResetReason.EPOCH);
        }
        assertThat(readable()).isPositive();
        cache.reset(ResetReason.OVERFLOW);
        assertThat(readable()).isZero();
    }

    @Test
    void aReaderWhoAskedForAPositionIsGivenNothingSpared() {
        fill();
        reset(ResetReason.EPOCH);
        assertThat(cache.lookup("k1")).isInstanceOf(Lookup.Hit.class);
        assertThat(cache.lookupApplied("k1")).isInstanceOf(Lookup.Miss.class);
        cache.store(cache.lease("k1"), "new", TAGGED);
        assertThat(cache.lookupApplied("k1")).isInstanceOf(Lookup.Hit.class);
    }

    @Test
    void aBypassedRegionBypassesSparedEntriesToo() {
        fill();
        reset(ResetReason.EPOCH);
        assertThat(readable()).isPositive();
        bench.clock.stepWall(BOUND.plusSeconds(1));
        assertThat(readable()).isZero();
    }

    @Test
    void whatIsSparedIsCountedAndEachEntryIsEvictedOnce() {
        fill();
        reset(ResetReason.EPOCH);
        assertThat(cache.stats().sparedEntries()).isEqualTo(ENTRIES);
        bench.advance(SPREAD.dividedBy(2));
        cache.sweep();
        long left = cache.stats().sparedEntries();
        assertThat(left).isEqualTo(readable());
        assertThat(bench.heard.evicted.get(EvictionCause.RESET)).isEqualTo(ENTRIES - left);
        bench.advance(SPREAD.dividedBy(2));
        cache.sweep();
        assertThat(cache.stats().sparedEntries()).isZero();
        assertThat(bench.heard.evicted.get(EvictionCause.RESET)).isEqualTo(ENTRIES);
        assertThat(bench.heard.resets).hasSize(1);
    }

    @Test
    void aSpreadBeyondTheBoundIsRefused() {
        assertThatThrownBy(() -> builder().resetSpread(BOUND.plusNanos(1)).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reset spread");
    }
}
