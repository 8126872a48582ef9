package dev.freshet.benchmarks.footprint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.benchmarks.report.Report;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checks that all caches are measured. Asserts no size. */
@Tag("ci")
class MemoryPerEntrySmokeTest {

    @Test
    void allHoldAllEntries() {
        Report report = new MemoryPerEntry(1, 2_000, line -> {}).run();

        assertThat(report.figure(MemoryPerEntry.PLAIN, MemoryPerEntry.FRESHET)).isPresent();
        assertThat(report.figures()).hasSize(8);
    }
}
