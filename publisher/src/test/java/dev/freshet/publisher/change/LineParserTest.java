package dev.freshet.publisher.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A line is read by the shared parser as it is read by itself, whatever stands before it. */
final class LineParserTest {

    private static final List<String> PIECES = List.of(
            "{\"region\":\"users\",\"keys\":[\"user:1\"]}",
            "{\"region\":\"users\",\"keys\":[\"ü\",\"\\u00fc\"],\"tags\":[\"team:7\"]}",
            "{ \"region\" : \"r\" , \"all\" : true }  ",
            "{\"region\":\"users\",\"keys\":[\"a\"],\"version\":7}\r",
            "{\"region\":\"users\",\"keys\":[]}",
            "{\"region\":\"users\"}",
            "{\"region\":\"users\",\"keys\":[\"a\"],\"keys\":[\"b\"]}",
            "{\"region\":\"users\",\"keys\":{\"a\":[1,2]}}",
            "{\"region\":\"users\",\"kes\":[[[\"a\"]]]}",
            "{\"region\":\"users\",\"keys\":[\"a\"]} {\"region\":\"users\",\"keys\":[\"b\"]}",
            "{\"region\":\"users\",\"keys\":[\"a\"]",
            "{\"region\":\"users\",\"keys\":[\"a",
            "{\"region\":\"users\",",
            "\"keys\":[\"a\"]}",
            "[1]",
            "{",
            "}",
            "null",
            "nonsense",
            "\u00ff");

    /** Returns UTF-8 most of the time, so that some bodies are malformed. */
    private static Charset charset(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> StandardCharsets.ISO_8859_1;
            case 1 -> StandardCharsets.UTF_16LE;
            case 2 -> StandardCharsets.UTF_16BE;
            case 3 -> Charset.forName("UTF-32LE");
            default -> StandardCharsets.UTF_8;
        };
    }

    @Test
    void linesThatShareAParserAreReadAsEachByItself() {
        ChangeParser parser = new ChangeParser(Set.of(), 1_000);
        int valid = 0;
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder();
            int lines = 1 + random.nextInt(6);
            for (int i = 0; i < lines; i++) {
                // Half of the lines are valid, so that the shared parser has read something before a bad one.
                text.append(PIECES.get(random.nextInt(random.nextBoolean() ? 4 : PIECES.size())))
                        .append(random.nextInt(8) == 0 ? "\n \n" : "\n");
            }
            byte[] body = text.toString().getBytes(charset(random));
            LineBuffer buffer = new LineBuffer(10_000);
            buffer.add(body);
            try (LineParser shared = parser.lines()) {
                while (buffer.next()) {
                    if (!buffer.isBlank()) {
                        ParsedChange alone =
                                parser.parse(buffer.bytes(), buffer.offset(), buffer.length(), false, true);
                        assertThat(shared.parse(buffer.bytes(), buffer.offset(), buffer.length(), false, true))
                                .as("seed %d, at byte %d of %s", seed, buffer.offset(), text)
                                .isEqualTo(alone);
                        valid += alone instanceof ParsedChange.Valid ? 1 : 0;
                    }
                }
            }
        }
        assertThat(valid)
                .as("valid lines; with too few, this test shows nothing")
                .isGreaterThan(5_000);
    }
}
