package dev.freshet.demo.show;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScreenTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void elsewhereLongLinesAreWrappedBetweenWords() {
        Screen screen = new Screen(out, false, new Style(false, true), () -> 40);

        screen.line("word ".repeat(50));
        screen.line("x".repeat(250));

        assertThat(printed().lines()).hasSize(3 + 3).allMatch(line -> line.length() <= 100, "is short");
        assertThat(printed().lines().limit(3)).allMatch(line -> line.matches("( {4})?(word ?)+"));
        assertThat(printed().lines().skip(3).map(String::strip).reduce("", String::concat))
                .isEqualTo("x".repeat(250));
        assertThat(printed()).doesNotContain("\033[");
    }

    @Test
    void anEmptyLineStaysOne() {
        new Screen(out, false, new Style(false, true), () -> 40).line("");
        assertThat(printed()).isEqualTo("\n");
    }

    @Test
    void onATerminalLinesAppearAboveThePicture() {
        Screen screen = new Screen(out, true, new Style(true, true), () -> 40);

        screen.picture(List.of("one", "two"));
        screen.line("said");
        screen.picture(List.of());

        assertThat(printed())
                .isEqualTo("\033[?7lone\ntwo\n\033[?7h" + "\033[2A\033[Jsaid\n\033[?7lone\ntwo\n\033[?7h"
                        + "\033[2A\033[J");
    }

    @Test
    void onATerminalStoriesAreWrappedBetweenWordsAndCommandsAreNot() {
        Screen screen = new Screen(out, true, new Style(true, true), () -> 40);
        String command = "curl " + "x".repeat(60);

        screen.line("    " + "word ".repeat(12));
        screen.command(command);

        assertThat(printed())
                .isEqualTo("    word word word word word word word\n    word word word word word \n" + command + "\n");
    }

    @Test
    void whatTheOutputLacksIsWrittenInAscii() {
        new Screen(out, false, new Style(false, false), () -> 40).line("→ · ✓");
        assertThat(printed()).isEqualTo("-> | ok\n");
    }
}
