package dev.freshet.benchmarks.footprint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.benchmarks.report.Report;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checks that a limit holds its entries, and that every rate is observed. Asserts no figure. */
@Tag("ci")
class SizingSmokeTest {

    @Test
    void everyRowIsMeasured() {
        Report report = new Sizing(Sizing.Plan.smoke(), null, line -> {}).run();

        assertThat(report.measures())
                .containsExactlyInAnyOrder(Sizing.LIMIT, Sizing.RESIDENT, Sizing.OF_PUBLISHER, Sizing.OF_SUBSCRIBER);
        assertThat(report.figures()).hasSize(4);
    }
}
