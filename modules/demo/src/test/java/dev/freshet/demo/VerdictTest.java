package dev.freshet.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictTest {

    @ParameterizedTest
    @CsvSource({
        "100, 0, 0, true, OK, 0",
        "100, 0, 1, true, INCONCLUSIVE, 3",
        "0, 0, 0, true, INCONCLUSIVE, 3",
        "100, 1, 0, true, FAILED, 1",
        "100, 1, 1, true, FAILED, 1",
        "100, 0, 0, false, FAILED, 1"
    })
    void aRunThatProvesNothingIsNotOk(
            long reads, long stale, long failures, boolean isAllBack, Verdict verdict, int exitCode) {
        assertThat(Verdict.of(reads, stale, failures, isAllBack)).isEqualTo(verdict);
        assertThat(verdict.exitCode()).isEqualTo(exitCode);
    }
}
