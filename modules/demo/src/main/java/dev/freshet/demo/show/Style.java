package dev.freshet.demo.show;

import java.nio.charset.Charset;

/**
 * What the output can show.
 *
 * @param isColoured whether it may be coloured
 * @param isUnicode whether its character set has arrows, ticks and blocks
 */
public record Style(boolean isColoured, boolean isUnicode) {

    static final String GREEN = "32";
    static final String RED = "31;1";
    static final String YELLOW = "33";
    static final String DIM = "2";

    private static final String[] PLAIN = {
        "→",
        "->",
        "·",
        "|",
        "✓",
        "ok",
        "↺",
        "replayed",
        "…",
        ".",
        "┌",
        "+",
        "┐",
        "+",
        "└",
        "+",
        "┘",
        "+",
        "─",
        "-",
        "│",
        "|",
        "▁",
        "_",
        "▂",
        ".",
        "▃",
        "-",
        "▄",
        "=",
        "▅",
        "+",
        "▆",
        "*",
        "▇",
        "#",
        "█",
        "@"
    };

    /** Returns the style of this process's standard output. {@code NO_COLOR} is as no-color.org says. */
    public static Style ofOutput(boolean isTerminal) {
        String noColor = System.getenv("NO_COLOR");
        String charset = System.getProperty(
                "stdout.encoding",
                System.getProperty("sun.stdout.encoding", System.getProperty("native.encoding", "US-ASCII")));
        boolean isUnicode = Charset.isSupported(charset)
                && Charset.forName(charset).canEncode()
                && Charset.forName(charset).newEncoder().canEncode("→✓▁");
        return new Style(isTerminal && (noColor == null || noColor.isEmpty()), isUnicode);
    }

    String coloured(String colour, String text) {
        return isColoured ? "\033[" + colour + "m" + text + "\033[0m" : text;
    }

    /** Returns the text in characters that the output has. */
    String shown(String text) {
        String shown = text;
        for (int i = 0; i < PLAIN.length && !isUnicode; i += 2) {
            shown = shown.replace(PLAIN[i], PLAIN[i + 1]);
        }
        return shown;
    }
}
