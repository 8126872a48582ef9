package dev.freshet.demo.show;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The keys and the width of the terminal that this process belongs to. Where there is none, or no {@code stty}, there are no keys.
 *
 * <p>A shell of its own puts the terminal back as it was as soon as this process ends or closes this, however it ends: also if it is
 * killed.
 */
public final class Terminal implements AutoCloseable {

    private static final int DEFAULT_COLUMNS = 80;
    private static final int LEAST_COLUMNS = 20;
    private static final String DEVICE = "/dev/tty";

    private static final String KEEPER = """
            trap '' INT TERM HUP TTOU
            saved=$(stty -g < /dev/tty) || exit 1
            stty -icanon -echo min 1 time 0 < /dev/tty || exit 1
            echo ready
            read -r unused
            stty "$saved" < /dev/tty
            """;

    private final @Nullable Process keeper;
    private int columns = DEFAULT_COLUMNS;
    private long askedNanos;

    private Terminal(@Nullable Process keeper) {
        this.keeper = keeper;
    }

    /**
     * Opens the terminal.
     *
     * @param key hears each key, on a thread of its own
     */
    public static Terminal open(IntConsumer key) {
        try {
            Process keeper = new ProcessBuilder("sh", "-c", KEEPER)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (keeper.inputReader(StandardCharsets.US_ASCII).readLine() == null) {
                return new Terminal(null);
            }
            Thread thread = new Thread(() -> listen(key), "keys");
            thread.setDaemon(true);
            thread.start();
            return new Terminal(keeper);
        } catch (IOException e) {
            return new Terminal(null);
        }
    }

    /** Returns a terminal without keys. */
    public static Terminal none() {
        return new Terminal(null);
    }

    private static void listen(IntConsumer key) {
        try (InputStream keys = new FileInputStream(DEVICE)) {
            for (int next = keys.read(); next >= 0; next = keys.read()) {
                key.accept(next);
            }
        } catch (IOException e) {
            // The terminal is gone: there are no more keys.
        }
    }

    /** Returns whether keys are heard. */
    public boolean hasKeys() {
        return keeper != null;
    }

    /** Returns the present number of columns; 80 if nobody knows. */
    public synchronized int columns() {
        long nowNanos = System.nanoTime();
        if (keeper != null && (askedNanos == 0 || nowNanos - askedNanos > TimeUnit.SECONDS.toNanos(2))) {
            askedNanos = nowNanos;
            columns = ask();
        }
        return columns;
    }

    private static int ask() {
        try {
            Process stty = new ProcessBuilder("sh", "-c", "stty size < " + DEVICE)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim();
            int known = Integer.parseInt(size.substring(size.indexOf(' ') + 1));
            return known == 0 ? DEFAULT_COLUMNS : Math.max(LEAST_COLUMNS, known);
        } catch (IOException | NumberFormatException e) {
            return DEFAULT_COLUMNS;
        }
    }

    @Override
    public void close() {
        if (keeper != null) {
            try {
                keeper.getOutputStream().close();
            } catch (IOException e) {
                // It has ended.
            }
            keeper.onExit().join();
        }
    }
}
