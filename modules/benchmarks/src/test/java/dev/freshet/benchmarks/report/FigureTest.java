package dev.freshet.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FigureTest {

    private static final Figure ONE = new Figure("keys", "one", "keys/s", List.of(6.0, 2.0, 4.0));
    private static final Figure OTHER = new Figure("keys", "other", "keys/s", List.of(3.0, 2.0, 1.0));

    @Test
    void theFigureIsTheMedianOfItsRounds() {
        assertThat(ONE.median()).isEqualTo(4);
        assertThat(ONE.min()).isEqualTo(2);
        assertThat(ONE.max()).isEqualTo(6);
        assertThat(new Figure("keys", "two", "keys/s", List.of(1.0, 3.0)).median())
                .isEqualTo(2);
    }

    @Test
    void ratiosAreComputedWithinARound() {
        assertThat(ONE.against(OTHER).rounds()).containsExactly(2.0, 1.0, 4.0);
    }

    @Test
    void aReportIsReadAsItWasWritten(@TempDir Path folder) throws Exception {
        Report report = new Report("e2e", "a machine", List.of(ONE, OTHER));
        Path file = Files.writeString(folder.resolve("e2e.json"), report.json());

        assertThat(Report.read(file)).isEqualTo(report);
    }

    @Test
    void aChartNamesEverybodyAndTheirMedians() {
        String svg = BarChart.svg("keys & locks", "keys/s", List.of(ONE, OTHER));

        assertThat(svg)
                .startsWith("<svg ")
                .contains("keys &amp; locks", ">one</text>", ">other</text>", ">4.00</text>");
    }
}
