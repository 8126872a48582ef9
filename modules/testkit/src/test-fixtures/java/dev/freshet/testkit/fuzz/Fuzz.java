package dev.freshet.testkit.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Changes inputs of a corpus at random, for the stated time and at least {@value #MINIMUM_CHANGED} times.
 *
 * <p>The corpus is a text: one input a line, its bytes written as in Java ({@code \r}, {@code \n}, {@code \t}, {@code \x00}). An input
 * that breaks a promise is printed as such a line, to be added, with the seed.
 *
 * <p>{@code -Dfreshet.fuzz.seconds} says for how long, {@code -Dfreshet.fuzz.seed} with which seed. A short run has the same seed each
 * time; a long one has another each time.
 */
public final class Fuzz {

    /** So many changed inputs are checked at least, however slow the machine is. */
    public static final long MINIMUM_CHANGED = 100;

    private static final long SECONDS = Long.getLong("freshet.fuzz.seconds", 3);
    private static final long SHORT_SECONDS = 10;
    private static final int MAX_CHANGES = 4;
    private static final int HANG_SECONDS = 300;

    private final List<byte[]> corpus;
    private final List<String> tokens;
    private final long seed =
            Long.getLong("freshet.fuzz.seed", SECONDS <= SHORT_SECONDS ? 20260101L : System.nanoTime());
    private final Random random = new Random(seed);
    private volatile byte[] current = {};

    private Fuzz(List<byte[]> corpus, List<String> tokens) {
        this.corpus = corpus;
        this.tokens = tokens;
    }

    /**
     * Reads a corpus.
     *
     * @param others inputs that are kept elsewhere
     * @param tokens texts that break readers; each character is a byte
     */
    public static Fuzz of(Path corpus, List<byte[]> others, List<String> tokens) {
        try (Stream<String> lines = Files.lines(corpus)) {
            Stream<byte[]> inputs = lines.filter(line -> !line.isBlank() && !line.startsWith("# "))
                    .map(Fuzz::unescape);
            return new Fuzz(Stream.concat(others.stream(), inputs).toList(), tokens);
        } catch (IOException e) {
            throw new UncheckedIOException("the corpus " + corpus + " cannot be read", e);
        }
    }

    /**
     * Checks the corpus as it is, then changed inputs for the stated time. An input that takes minutes fails too.
     *
     * @param check fails if an input breaks a promise; runs on one thread
     * @return how many changed inputs were checked, without the corpus
     */
    public long run(Consumer<byte[]> check) {
        return run(check, () -> check.accept(trying(changed(any()))));
    }

    /**
     * Checks the corpus as it is, then inputs that the caller changes, for the stated time.
     *
     * @param asItIs fails if an input breaks a promise
     * @param changed changes {@link #any} input, tells {@link #trying}, and checks it
     * @return how many changed inputs were checked, without the corpus
     */
    public long run(Consumer<byte[]> asItIs, Runnable changed) {
        FutureTask<Long> checks = new FutureTask<>(() -> checkAll(asItIs, changed));
        Thread thread = new Thread(checks, "fuzz");
        thread.setDaemon(true);
        thread.start();
        try {
            return checks.get(SECONDS + HANG_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw found("breaks a promise", e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            AssertionError hang = new AssertionError("it still runs here");
            hang.setStackTrace(thread.getStackTrace());
            throw found("hangs", hang);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private long checkAll(Consumer<byte[]> asItIs, Runnable changed) {
        corpus.forEach(input -> asItIs.accept(trying(input)));
        long inputs = 0;
        long since = System.nanoTime();
        while (inputs < MINIMUM_CHANGED || System.nanoTime() - since < TimeUnit.SECONDS.toNanos(SECONDS)) {
            changed.run();
            inputs++;
        }
        return inputs;
    }

    /** Notes the input that is checked next, and returns it. */
    public byte[] trying(byte[] input) {
        current = input;
        return input;
    }

    private AssertionError found(String what, Throwable cause) {
        return new AssertionError(
                "An input " + what + " (seed " + seed + "). Add it to the corpus:\n" + escape(current), cause);
    }

    /** Returns what random choices are made with. Belongs to the thread that checks. */
    public Random random() {
        return random;
    }

    /** Returns an input with some changes. */
    public byte[] changed(byte[] input) {
        byte[] result = input;
        for (int changes = 1 + random.nextInt(MAX_CHANGES); changes > 0; changes--) {
            result = changedOnce(result);
        }
        return result;
    }

    private byte[] changedOnce(byte[] input) {
        int from = random.nextInt(input.length + 1);
        int to = Math.min(input.length, from + 1 + random.nextInt(16));
        return switch (random.nextInt(7)) {
            case 0 -> joined(input, from, new byte[] {(byte) random.nextInt(256)}, Math.min(input.length, from + 1));
            case 1 -> joined(input, from, new byte[0], to);
            case 2 -> joined(input, to, Arrays.copyOfRange(input, from, to), to);
            case 3 -> {
                byte[] other = any();
                int at = random.nextInt(other.length + 1);
                yield joined(input, from, Arrays.copyOfRange(other, at, Math.min(other.length, at + 40)), to);
            }
            case 4 -> joined(input, from, any(), from);
            case 5 -> joined(input, from, token(), to);
            default -> joined(input, from, token(), from);
        };
    }

    /** Returns an input of the corpus. */
    public byte[] any() {
        return corpus.get(random.nextInt(corpus.size()));
    }

    private byte[] token() {
        return tokens.get(random.nextInt(tokens.size())).getBytes(ISO_8859_1);
    }

    private static byte[] joined(byte[] before, int end, byte[] middle, int rest) {
        byte[] result = Arrays.copyOf(before, end + middle.length + before.length - rest);
        System.arraycopy(middle, 0, result, end, middle.length);
        System.arraycopy(before, rest, result, end + middle.length, before.length - rest);
        return result;
    }

    /** Returns how many bytes the calling thread allocates while it runs something. */
    public static long allocatedBytes(Runnable run) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        run.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private static byte[] unescape(String line) {
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c != '\\') {
                bytes.append(c);
                continue;
            }
            char escape = line.charAt(++i);
            switch (escape) {
                case 'r' -> bytes.append('\r');
                case 'n' -> bytes.append('\n');
                case 't' -> bytes.append('\t');
                case 'x' -> {
                    bytes.append((char) Integer.parseInt(line.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> bytes.append(escape);
            }
        }
        return bytes.toString().getBytes(ISO_8859_1);
    }

    /** Returns an input as a line of a corpus. */
    public static String escape(byte[] bytes) {
        StringBuilder line = new StringBuilder();
        for (byte b : bytes) {
            int c = b & 0xff;
            switch (c) {
                case '\r' -> line.append("\\r");
                case '\n' -> line.append("\\n");
                case '\t' -> line.append("\\t");
                case '\\' -> line.append("\\\\");
                default -> line.append(c < 0x20 || c > 0x7e ? String.format(Locale.ROOT, "\\x%02x", c) : (char) c);
            }
        }
        return line.toString();
    }
}
