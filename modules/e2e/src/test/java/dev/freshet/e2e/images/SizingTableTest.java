package dev.freshet.e2e.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The sidecar's memory limit in the manifests is one whose entries were measured. */
@Tag("pure")
class SizingTableTest {

    @Test
    void theLimitOfTheSidecarIsARowOfTheTable() throws IOException {
        long mebibytes = Application.SUBSCRIBER.inThePod().memoryLimitBytes() >> 20;

        assertThat(Files.readString(Checkout.file("docs/performance/SIZING.md")))
                .containsPattern(Pattern.compile("\\| [\\d,]+ of \\d+ (bytes|KiB) *\\| " + mebibytes + " \\|"));
    }
}
