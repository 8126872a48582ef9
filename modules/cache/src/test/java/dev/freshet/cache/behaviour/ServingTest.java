package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.Loaded;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.UnconfirmedPolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServingTest {

    private static final Duration BOUND = Duration.ofSeconds(2);

    private final Bench bench = new Bench();

    @Test
    void aCacheWithoutABusIsNotConfirmed() {
        RegionCache<String> cache = bench.builder().build();
        assertThat(cache.state()).isEqualTo(ServingState.UNCONFIRMED);
        assertThat(cache.confirmedAgeNanos()).isEqualTo(Confirmation.NEVER);
    }

    @Test
    void servingGoesOnWhileUnconfirmedAndSaysSo() {
        RegionCache<String> cache = bench.builder().build();
        bench.attach(cache);
        cache.put("k", "v");
        bench.advance(BOUND);
        assertThat(cache.find("k").orElseThrow().state()).isEqualTo(ServingState.CONFIRMED);
        bench.advance(Duration.ofNanos(1));
        assertThat(cache.find("k").orElseThrow().state()).isEqualTo(ServingState.UNCONFIRMED);
        assertThat(cache.lookup("j").state()).isEqualTo(ServingState.UNCONFIRMED);
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
    }

    @Test
    void bypassMakesEveryReadAMissUntilConfirmedAgain() {
        RegionCache<String> cache =
                bench.builder().unconfirmed(UnconfirmedPolicy.BYPASS, BOUND).build();
        cache.put("k", "v");
        assertThat(cache.getIfPresent("k")).isNull();
        Confirmation confirmation = bench.attach(cache);
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
        bench.advance(BOUND.plusNanos(1));
        assertThat(cache.state()).isEqualTo(ServingState.BYPASSED);
        assertThat(cache.getIfPresent("k")).isNull();
        assertThat(cache.find("k")).isEmpty();
        assertThat(cache.getIfHit("k")).isNull();
        Lookup<String> lookup = cache.lookup("k");
        assertThat(lookup.state()).isEqualTo(ServingState.BYPASSED);
        assertThat(cache.get("k", (key, load) -> "loaded")).isEqualTo("loaded");
        assertThat(cache.get("k", (key, load) -> "again")).isEqualTo("again");
        assertThat(cache.store(((Lookup.Miss<String>) lookup).lease(), "stored", StoreOptions.none())
                        .isStored())
                .isTrue();
        bench.confirm(confirmation);
        assertThat(cache.getIfPresent("k")).isEqualTo("stored");
    }

    @Test
    void aConfirmationThatComesDuringAReadDoesNotMakeAHitThatSaysBypassed() {
        RegionCache<String> cache =
                bench.builder().unconfirmed(UnconfirmedPolicy.BYPASS, BOUND).build();
        ConfirmedWhileLookedAt clock = new ConfirmedWhileLookedAt(bench.time);
        Confirmation confirmation = new Confirmation(clock);
        cache.attached(confirmation, bench.redisTime());
        for (boolean finds : new boolean[] {false, true}) {
            bench.confirm(confirmation);
            cache.put("k", "v");
            bench.advance(BOUND.plusNanos(1));
            clock.next = () -> bench.confirm(confirmation);
            if (finds) {
                assertThat(cache.find("k")).isEmpty();
            } else {
                Lookup<String> lookup = cache.lookup("k");
                assertThat(lookup.state()).isEqualTo(ServingState.BYPASSED);
                assertThat(lookup).isInstanceOf(Lookup.Miss.class);
            }
            assertThat(cache.lookup("k").state()).isEqualTo(ServingState.CONFIRMED);
        }
    }

    /** A clock at whose reading something else happens, once: the age that is being taken is still the old one. */
    private static final class ConfirmedWhileLookedAt implements TimeSource {
        private final TimeSource clock;
        private Runnable next = () -> {};

        private ConfirmedWhileLookedAt(TimeSource clock) {
            this.clock = clock;
        }

        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        public long wallMicros() {
            Runnable now = next;
            next = () -> {};
            now.run();
            return clock.wallMicros();
        }
    }

    @Test
    void aProcessThatSleptFindsItsConfirmationOldByTheWallClock() {
        RegionCache<String> cache =
                bench.builder().unconfirmed(UnconfirmedPolicy.BYPASS, BOUND).build();
        bench.attach(cache);
        cache.put("k", "v");
        bench.clock.stepWall(Duration.ofSeconds(3)); // a suspended machine: its monotonic clock stood still
        assertThat(cache.getIfPresent("k")).isNull();
    }

    @Test
    void whatALoadBroughtThatWasOvertakenIsAsOldAsTheCall() {
        RegionCache<String> cache =
                bench.builder().unconfirmed(UnconfirmedPolicy.BYPASS, BOUND).build();
        Confirmation confirmation = bench.attach(cache);
        bench.advance(Duration.ofMillis(100));
        Loaded<String> loaded = cache.getWithState("k", (key, load) -> {
            bench.advance(Duration.ofSeconds(30));
            cache.invalidate("k");
            bench.confirm(confirmation);
            return "read before the invalidation";
        });
        assertThat(loaded.confirmedAgeNanos())
                .isEqualTo(Duration.ofMillis(30_100).toNanos());
        assertThat(loaded.state()).isNotEqualTo(ServingState.CONFIRMED);
    }

    @Test
    void whatALoadBroughtThatIsCachedIsWorthWhatAHitIsWorth() {
        RegionCache<String> cache =
                bench.builder().unconfirmed(UnconfirmedPolicy.BYPASS, BOUND).build();
        Confirmation confirmation = bench.attach(cache);
        Loaded<String> loaded = cache.getWithState("k", (key, load) -> {
            bench.advance(Duration.ofSeconds(30));
            bench.confirm(confirmation);
            return "still good";
        });
        assertThat(loaded.confirmedAgeNanos()).isZero();
        assertThat(loaded.state()).isEqualTo(ServingState.CONFIRMED);
    }
}
