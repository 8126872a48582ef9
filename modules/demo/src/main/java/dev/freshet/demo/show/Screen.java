package dev.freshet.demo.show;

import java.io.PrintStream;
import java.util.List;

/**
 * Prints events as lines that stay. On a terminal a frame below them is repainted; elsewhere only its one-line form is printed.
 * Safe to use from any thread.
 */
public final class Screen {

    private static final String CURSOR_UP = "\033[%dA";
    private static final String ERASE_BELOW = "\033[J";
    private static final String NO_WRAP = "\033[?7l";
    private static final String WRAP = "\033[?7h";

    private final PrintStream out;
    private final boolean live;
    private List<String> frame = List.of();

    /**
     * @param live whether this is a terminal that supports ANSI sequences
     */
    public Screen(PrintStream out, boolean live) {
        this.out = out;
        this.live = live;
    }

    /** Prints a line that stays. */
    public synchronized void line(String text) {
        StringBuilder painted = new StringBuilder();
        erase(painted);
        painted.append(text).append('\n');
        paint(painted);
        out.print(painted);
        out.flush();
    }

    /**
     * Shows the present state.
     *
     * @param table the frame for a terminal; replaces the former frame
     * @param plain the one-line form
     */
    public synchronized void status(List<String> table, String plain) {
        if (!live) {
            line(plain);
            return;
        }
        StringBuilder painted = new StringBuilder();
        erase(painted);
        frame = List.copyOf(table);
        paint(painted);
        out.print(painted);
        out.flush();
    }

    /** Removes the frame. */
    public synchronized void endStatus() {
        StringBuilder painted = new StringBuilder();
        erase(painted);
        frame = List.of();
        out.print(painted);
        out.flush();
    }

    private void erase(StringBuilder painted) {
        if (!frame.isEmpty()) {
            painted.append(CURSOR_UP.formatted(frame.size())).append(ERASE_BELOW);
        }
    }

    private void paint(StringBuilder painted) {
        if (!frame.isEmpty()) {
            // A wrapped line would take two rows, so the cursor would not move up far enough.
            painted.append(NO_WRAP);
            frame.forEach(row -> painted.append(row).append('\n'));
            painted.append(WRAP);
        }
    }
}
