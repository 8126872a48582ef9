package dev.freshet.benchmarks.growth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.benchmarks.report.Report;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checks that every curve has its points and that no record is lost. Asserts no time. */
@Tag("ci")
class GrowthSmokeTest {

    @Test
    void everyCurveHasItsPoints() {
        Growth growth = new Growth(Growth.Plan.smoke(), line -> {});
        Report report = growth.run();

        assertThat(report.measures()).hasSizeGreaterThan(15);
        assertThat(report.figures())
                .allSatisfy(figure -> assertThat(figure.min()).isPositive());
        assertThat(growth.arithmetic(report)).contains("| 10,000 |");
    }
}
