package dev.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.fuzz.Fuzz;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Changes the golden files at random. Whatever the channel or the log carries, it is a record or is refused with a reason, at a cost
 * that its own size bounds. What can be read can be written, and is read again.
 */
class RecordFuzzTest {

    private static final Path CORPUS = Path.of("src/test/resources/fuzz/records.txt");
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    /** Field tags, lengths and numbers that lie, groups, texts that are no UTF-8, and parts of header lines. */
    private static final List<String> TOKENS = List.of(
            "\n",
            " ",
            " a",
            "  ",
            "\u00ff".repeat(9) + "\u0001",
            "\u00ff".repeat(10),
            "\u00ff\u00ff\u00ff\u00ff\u0007",
            "\u0080".repeat(9),
            "\u0080\u0080\u0080\u0080\u0008",
            "\u0008\u0002",
            "\u0012\u0000",
            "*\u0000",
            "*\u0004\n\u0002\n\u0000",
            "*\u0002\"\u0000",
            "\u0013\u0014",
            "\u0014",
            "\u0013".repeat(101),
            "z\u00ff\u00ff\u00ff\u00ff\u0007",
            "\u00c3(",
            "\u00ed\u00a0\u0080",
            "\u00f4\u0090\u0080\u0080",
            "\u0000",
            "k".repeat(513),
            "9".repeat(19),
            "-1",
            "00c0ffee00c0ffee 9223372036854775807 9223372036854775808\n",
            "\n\u0002\n\u0000".repeat(100));

    /** What a record of some hundred bytes may cost at most, with everything that this test compares. */
    private static final long MAX_ALLOCATED_BYTES = 4L << 20;

    private static List<byte[]> golden() {
        try (Stream<Path> files = Files.list(GOLDEN)) {
            return files.map(file -> String.valueOf(file.getFileName()).replace(".hex", ""))
                    .sorted()
                    .map(Golden::frame)
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anyBytesAreARecordOrAreRefused() {
        assertThat(Fuzz.of(CORPUS, golden(), TOKENS).run(RecordFuzzTest::check))
                .as("inputs beside the corpus")
                .isGreaterThanOrEqualTo(Fuzz.MINIMUM_CHANGED);
    }

    private static void check(byte[] frame) {
        long allocated = Fuzz.allocatedBytes(() -> RecordCodec.decode(frame));
        assertThat(allocated).as("bytes allocated").isLessThan(MAX_ALLOCATED_BYTES);
        Decoded decoded = RecordCodec.decode(frame);
        assertThat(GeneratedCodec.withoutDetail(decoded))
                .as("what the generated parser reads")
                .isEqualTo(GeneratedCodec.decode(frame));
        if (decoded instanceof Decoded.Intact intact) {
            String header = new String(frame, 0, indexAfterLine(frame), StandardCharsets.ISO_8859_1);
            assertThat(RecordCodec.decode(Golden.frame(header, RecordCodec.encodeBody(intact.body()))))
                    .as("what it reads of what it writes")
                    .isEqualTo(intact);
        } else if (decoded instanceof Decoded.Unreadable unreadable) {
            assertDetail(unreadable.detail());
        } else if (decoded instanceof Decoded.Foreign foreign) {
            assertDetail(foreign.detail());
        }
    }

    private static void assertDetail(String detail) {
        assertThat(detail).isNotBlank().hasSizeLessThan(1_000);
        assertThat(detail.chars()).noneMatch(Character::isISOControl);
    }

    private static int indexAfterLine(byte[] frame) {
        int at = 0;
        while (frame[at] != '\n') {
            at++;
        }
        return at + 1;
    }
}
