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
 * One contender in a Java process of its own, for all rounds. In one process with all others each would run code that was
 * compiled for all of them, and collect their garbage, which costs each something else.
 */
final class ArenaProcess implements AutoCloseable {

    /** The same for all; no one needs more. */
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
     * @throws IllegalStateException if it failed, which the process has told on the standard error
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
            throw new IllegalStateException(kind.label() + ": its process is gone", e);
        }
        throw new IllegalStateException(kind.label() + ": its process ended");
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
