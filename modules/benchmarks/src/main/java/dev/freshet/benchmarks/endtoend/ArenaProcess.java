package dev.freshet.benchmarks.endtoend;

import dev.freshet.benchmarks.contender.Kind;
import dev.freshet.benchmarks.process.JavaProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs one contender in its own Java process, for all rounds. In a shared process each contender would run code that was compiled for all,
 * and pay for the garbage of the others. Confined to one thread.
 */
final class ArenaProcess implements AutoCloseable {

    /** Every contender gets this heap; none needs more. */
    private static final String HEAP = "-Xmx1536m";

    private final Kind kind;
    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    ArenaProcess(Kind kind, URI redis) {
        this.kind = kind;
        try {
            process = JavaProcess.launch(
                    List.of(HEAP),
                    ArenaMain.class,
                    List.of(kind.name(), redis.toString()),
                    ProcessBuilder.Redirect.PIPE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        in = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII);
        out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * Runs one round.
     *
     * @throws IllegalStateException if the round failed; the process has written the reason to standard error
     */
    Measured run(Round round) {
        try {
            in.write(round.toLine() + "\n");
            in.flush();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (Measured.isLine(line)) {
                    return Measured.ofLine(line);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("Lost the connection to the process of " + kind.label(), e);
        }
        throw new IllegalStateException(
                "The process of " + kind.label() + " ended without a result; the reason is on standard error");
    }

    @Override
    public void close() {
        try {
            in.close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
