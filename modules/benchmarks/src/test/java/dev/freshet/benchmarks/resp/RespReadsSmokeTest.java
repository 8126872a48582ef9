package dev.freshet.benchmarks.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Report;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checks that everything is measured, and that the sidecar asks Redis for misses only. Asserts no time. */
@Tag("ci")
class RespReadsSmokeTest {

    @Test
    void everythingIsMeasuredAndCopiesAreRead() {
        Report report = new RespReads(RespReads.Plan.smoke(), ignored -> {}).run();

        assertThat(report.measures()).hasSize(7);
        assertThat(report.of(RespReads.HIT)).extracting(Figure::who).hasSize(4);
        assertThat(report.figures())
                .filteredOn(figure -> !figure.measure().equals(RespReads.COMMANDS))
                .allSatisfy(figure -> assertThat(figure.median()).isPositive());
        assertThat(report.figure(RespReads.COMMANDS, RespReads.SIDECAR)
                        .orElseThrow()
                        .median())
                .isLessThan(50);
    }
}
