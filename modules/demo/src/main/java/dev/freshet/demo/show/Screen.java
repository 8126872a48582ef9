package dev.freshet.demo.show;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * Prints lines that stay, wrapped between words. On a terminal a picture below them is repainted. Safe to use from any thread.
 */
public final class Screen {

    /** The maximum width of a line that is not printed on a terminal. */
    static final int PLAIN_COLUMNS = 100;

    private static final String CURSOR_UP = "\033[%dA";
    private static final String ERASE_BELOW = "\033[J";
    private static final String NO_WRAP = "\033[?7l";
    private static final String WRAP = "\033[?7h";
    private static final String INDENT = "    ";

    private final PrintStream out;
    private final boolean isTerminal;
    private final Style style;
    private final IntSupplier columns;
    private List<String> picture = List.of();

    /**
     * Makes a screen.
     *
     * @param isTerminal whether the output understands ANSI sequences
     * @param columns returns how wide the terminal is
     */
    public Screen(PrintStream out, boolean isTerminal, Style style, IntSupplier columns) {
        this.columns = columns;
        this.out = out;
        this.isTerminal = isTerminal;
        this.style = style;
    }

    /** Prints a line that stays. */
    public synchronized void line(String text) {
        String shown = style.shown(text);
        repaint(wrapped(shown, isTerminal ? columns.getAsInt() : PLAIN_COLUMNS), picture);
    }

    /** Prints a line that stays and may be copied: on a terminal, only the terminal itself wraps it. */
    public synchronized void command(String text) {
        String shown = style.shown(text);
        repaint(isTerminal ? List.of(shown) : wrapped(shown, PLAIN_COLUMNS), picture);
    }

    /** Shows a picture below the lines, instead of the former one. Only for a terminal. */
    public synchronized void picture(List<String> rows) {
        repaint(List.of(), rows);
    }

    private void repaint(List<String> lines, List<String> next) {
        StringBuilder painted = new StringBuilder();
        if (!picture.isEmpty()) {
            painted.append(CURSOR_UP.formatted(picture.size())).append(ERASE_BELOW);
        }
        lines.forEach(line -> painted.append(line).append('\n'));
        picture = List.copyOf(next);
        if (!picture.isEmpty()) {
            // A wrapped row would take two, so the cursor would not move up far enough.
            painted.append(NO_WRAP);
            picture.forEach(row -> painted.append(row).append('\n'));
            painted.append(WRAP);
        }
        out.print(painted);
        out.flush();
    }

    /** Returns a text in lines of at most this many columns; a word that is longer is broken. */
    static List<String> wrapped(String text, int columns) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (rest.length() > columns) {
            int space = rest.lastIndexOf(' ', columns);
            int at = space > INDENT.length() ? space : columns;
            lines.add(rest.substring(0, at).stripTrailing());
            rest = INDENT + rest.substring(at).stripLeading();
        }
        lines.add(rest);
        return lines;
    }
}
