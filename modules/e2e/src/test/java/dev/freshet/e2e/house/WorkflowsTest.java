package dev.freshet.e2e.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checks what GitHub runs by itself. */
@Tag("pure")
class WorkflowsTest {

    @Test
    void everyActionIsNamedByItsCommit() throws IOException {
        List<String> uses;
        try (Stream<Path> files = Files.list(Checkout.file(".github/workflows"))) {
            uses = files.flatMap(WorkflowsTest::lines)
                    .map(String::strip)
                    .filter(line -> line.startsWith("uses:") || line.startsWith("- uses:"))
                    .toList();
        }
        assertThat(uses).isNotEmpty().allMatch(line -> line.matches(".*@[0-9a-f]{40}"));
    }

    @Test
    void theProfileNightlyRunsEachNight() throws IOException {
        assertThat(Files.readString(Checkout.file(".github/workflows/nightly.yml")))
                .containsPattern("schedule:\\s+- cron: \"\\d+ \\d+ \\* \\* \\*\"")
                .contains(" .ci/run nightly\n");
        assertThat(Files.readString(Checkout.file(".ci/run"))).contains(" -Pnightly ");
        assertThat(Files.readString(Checkout.file("pom.xml"))).contains("<id>nightly</id>");
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
    }
}
