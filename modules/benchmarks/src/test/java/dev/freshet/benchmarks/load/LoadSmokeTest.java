package dev.freshet.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checks that every phase runs, that no request fails, and that what is printed has all figures. Asserts no time. */
@Tag("ci")
class LoadSmokeTest {

    @Test
    void everyPhaseRunsAndNoRequestFails() throws Exception {
        List<String> printed = new ArrayList<>();

        assertThat(new Load(Load.Plan.smoke(), printed::add).run())
                .as(() -> String.join("\n", printed))
                .isZero();

        assertThat(printed).filteredOn(line -> line.startsWith("== ")).hasSize(5);
        assertThat(printed)
                .filteredOn(line -> line.contains("resident"))
                .hasSizeGreaterThanOrEqualTo(20)
                .allMatch(line -> line.matches(".*resident +[1-9]\\d* MiB, heap used +[1-9]\\d* MiB,"
                        + " descriptors +[1-9]\\d*, threads +[1-9]\\d*, gaps and resets \\d+"));
        assertThat(printed)
                .anyMatch(line -> line.contains("publish 200"))
                .anyMatch(line -> line.contains("publish 503"))
                .anyMatch(line -> line.contains("longest answer"));
    }
}
