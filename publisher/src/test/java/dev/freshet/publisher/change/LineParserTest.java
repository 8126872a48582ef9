package dev.freshet.publisher.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.publisher.change.ChangeParser;
import dev.freshet.publisher.change.LineBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Lines that share a parser are read as each is read by itself, whatever stands before them. */
class LinesTest {

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

    /** Now and then another one than is asked for. */
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
                // Half of them right, so that the next one meets a parser that has read something.
                text.append(PIECES.get(random.nextInt(random.nextBoolean() ? 4 : PIECES.size())))
                        .append(random.nextInt(8) == 0 ? "\n \n" : "\n");
            }
            byte[] body = text.toString().getBytes(charset(random));
            LineBuffer buffer = new LineBuffer(10_000);
            buffer.add(body);
            try (ChangeParser.Lines shared = parser.lines()) {
                while (buffer.next()) {
                    if (!buffer.isBlank()) {
                        ChangeParser.Parsed alone =
                                parser.parse(buffer.bytes(), buffer.offset(), buffer.length(), false, true);
                        assertThat(shared.parse(buffer.bytes(), buffer.offset(), buffer.length(), false, true))
                                .as("seed %d, at byte %d of %s", seed, buffer.offset(), text)
                                .isEqualTo(alone);
                        valid += alone instanceof ChangeParser.Valid ? 1 : 0;
                    }
                }
            }
        }
        assertThat(valid).as("lines that are right, or this shows nothing").isGreaterThan(5_000);
    }
}
