package dev.freshet.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Compares docs/FAULTS.md with the faults that are run: each has a section, and the table has the form of the harness. */
@Tag("pure")
class FaultsPageTest {
    private static List<String> page() throws IOException {
        return Files.readAllLines(Checkout.file("docs/FAULTS.md"));
    }

    @ParameterizedTest
    @EnumSource
    void a_fault_has_a_section_and_a_row_that_keeps_the_promises(Fault fault) throws IOException {
        assertThat(page()).contains("### " + fault.title());
        assertThat(page())
                .filteredOn(line -> line.startsWith("| " + fault.title() + " |"))
                .singleElement()
                .satisfies(row -> {
                    String[] cells = row.split(" *\\| *", -1);
                    assertThat(cells[2]).as("stale after healing").isEqualTo("0");
                    assertThat(Double.parseDouble(cells[3]) * 1_000)
                            .as("longest served stale")
                            .isLessThanOrEqualTo((double) Size.full().bound().toMillis());
                    assertThat(cells[4]).as("thrown away needlessly").matches("0( \\(.*\\))?");
                });
    }

    @Test
    void the_table_was_written_by_this_code_and_over_enough_reads() throws IOException {
        assertThat(page()).containsSequence(FaultTable.HEAD.lines().toList());
        String total = page().stream()
                .filter(line -> line.contains(" were hits, each held against what it claimed"))
                .findFirst()
                .orElseThrow();
        String hits =
                total.replaceAll(".* reads in all; ([0-9,]+) were hits.*", "$1").replace(",", "");
        assertThat(Long.parseLong(hits)).isGreaterThanOrEqualTo(1_000_000);
    }

    @ParameterizedTest
    @EnumSource
    void a_fault_of_the_resp_port_has_a_row_within_its_bound(RespFault fault) throws IOException {
        assertThat(page()).containsSequence(RespFaultRun.HEAD.lines().toList());
        assertThat(page())
                .filteredOn(line -> line.startsWith("| " + fault.title() + " |"))
                .singleElement()
                .satisfies(row -> {
                    String[] cells = row.split(" *\\| *", -1);
                    assertThat(Double.parseDouble(cells[2]) * 1_000)
                            .as("longest served stale")
                            .isLessThanOrEqualTo((double)
                                    Size.full().bound().plus(fault.allowance()).toMillis());
                    assertThat(cells[4]).as("copies checked").matches("[1-9][0-9,]+");
                });
    }
}
