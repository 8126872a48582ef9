package dev.freshet.demo.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TruthTest {

    private static final long SECOND_NANOS = 1_000_000_000;

    private final Truth truth = new Truth(Duration.ofSeconds(1));

    @Test
    void aWriteMustBeSeenOnceItIsOlderThanTheBound() {
        truth.wrote(1, 2, 0);
        truth.wrote(1, 3, SECOND_NANOS);

        assertThat(truth.isStale(1, 1, SECOND_NANOS)).isFalse();
        assertThat(truth.isStale(1, 1, SECOND_NANOS + 1)).isTrue();
        assertThat(truth.isStale(1, 2, 2 * SECOND_NANOS)).isFalse();
        assertThat(truth.isStale(1, 2, 2 * SECOND_NANOS + 1)).isTrue();
        assertThat(truth.isStale(1, 3, 9 * SECOND_NANOS)).isFalse();
        assertThat(truth.isStale(2, 1, 9 * SECOND_NANOS)).isFalse();
    }

    @Test
    void ofOldWritesTheHighestVersionIsKept() {
        for (long version = 2; version <= 1_000; version++) {
            truth.wrote(1, version, version * SECOND_NANOS);
        }
        assertThat(truth.isStale(1, 1, 1_000 * SECOND_NANOS)).isTrue();
        assertThat(truth.isStale(1, 980, 1_000 * SECOND_NANOS)).isTrue();
        assertThat(truth.isStale(1, 998, 1_000 * SECOND_NANOS + 1)).isTrue();
        assertThat(truth.isStale(1, 999, 1_000 * SECOND_NANOS)).isFalse();
    }

    @Test
    void answersThatOvertakeEachOtherDoNotLowerWhatMustBeSeen() {
        truth.wrote(1, 3, 0);
        truth.wrote(1, 2, 1);
        truth.wrote(1, 4, 50 * SECOND_NANOS);

        assertThat(truth.isStale(1, 2, 50 * SECOND_NANOS)).isTrue();
        assertThat(truth.isStale(1, 3, 50 * SECOND_NANOS)).isFalse();
    }
}
