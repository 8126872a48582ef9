package dev.freshet.sources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.TimeSource;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class DatabaseClockTest {

    private final DatabaseClock clock = new DatabaseClock(TimeSource.SYSTEM);

    @Test
    void theShortestRoundTripWins() {
        clock.sample(5_000_000, 1_000_400, 800);
        clock.sample(6_000_000, 2_000_050, 100);
        clock.sample(7_000_000, 3_002_000, 4_000);

        assertThat(clock.toHost(6_000_000)).isEqualTo(Instant.EPOCH.plusSeconds(2));
        assertThat(clock.errorMicros()).hasValue(51);
    }

    @Test
    void aClockThatWasSetIsMeasuredAnew() {
        clock.sample(5_000_000, 1_000_050, 100);
        clock.sample(9_000_000, 2_000_400, 800);

        assertThat(clock.toHost(9_000_000)).isEqualTo(Instant.EPOCH.plusSeconds(2));
    }

    @Test
    void beforeTheFirstSampleTheErrorIsUnknown() {
        assertThat(clock.errorMicros()).isEmpty();
        assertThat(clock.toHost(1_000_000)).isEqualTo(Instant.EPOCH.plusSeconds(1));
    }
}
