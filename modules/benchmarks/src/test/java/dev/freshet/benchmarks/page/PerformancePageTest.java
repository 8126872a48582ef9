package dev.freshet.benchmarks.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.benchmarks.growth.Growth;
import dev.freshet.benchmarks.report.Report;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The generated parts of the pages are what the commands would write for the figures in {@code docs/performance}. */
@Tag("pure")
class PerformancePageTest {

    private static final Path DOCS = Checkout.file("docs");

    @ParameterizedTest
    @FieldSource("dev.freshet.benchmarks.page.PerformancePage#PARTS")
    void thePageAndItsChartsShowTheStoredFigures(String part) throws IOException {
        Report report = Report.read(DOCS.resolve("performance").resolve(part + ".json"));

        assertThat(Files.readString(DOCS.resolve("PERFORMANCE.md"))).contains(PerformancePage.section(report));
        for (Map.Entry<String, String> chart : PerformancePage.charts(report).entrySet()) {
            assertThat(Files.readString(DOCS.resolve(chart.getValue())))
                    .isEqualTo(PerformancePage.chart(report, chart.getKey()));
        }
    }

    @Test
    void theGoalsShowTheStoredFigures() throws IOException {
        String goals = PerformancePage.goals(PerformancePage.stored(DOCS.resolve("performance")));

        assertThat(goals).doesNotContain("not measured");
        assertThat(Files.readString(DOCS.resolve("PERFORMANCE.md"))).contains(goals.strip());
    }

    @Test
    void theArithmeticFollowsFromTheStoredCurves() throws IOException {
        Report growth = Report.read(DOCS.resolve("performance/growth.json"));

        assertThat(Files.readString(DOCS.resolve("SCALE.md")))
                .contains(new Growth(Growth.Plan.full(5), line -> {}).arithmetic(growth));
    }
}
