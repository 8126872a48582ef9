package dev.freshet.e2e.tool;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A program on the PATH of this machine. If it is missing, the test is skipped, and the report names the program. */
public final class HostTool {
    private static final Duration LONGEST_RUN = Duration.ofMinutes(10);

    private final Path program;

    private HostTool(Path program) {
        this.program = program;
    }

    /** Returns the first of these programs that the machine has. If it has none, the test is skipped. */
    public static HostTool require(String... names) {
        for (String name : names) {
            Optional<Path> found = find(name);
            if (found.isPresent()) {
                return new HostTool(found.get());
            }
        }
        assumeTrue(false, "needs " + String.join(" or ", names) + " on the PATH");
        throw new AssertionError("not reached");
    }

    /** Returns where the program is, or empty. */
    public static Optional<Path> find(String name) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator, -1)) {
            Path candidate = Path.of(folder, name);
            if (!folder.isEmpty() && Files.isExecutable(candidate) && Files.isRegularFile(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /** Returns the program's path. */
    public Path program() {
        return program;
    }

    /** Runs the program in this folder, and waits until it ends. */
    public Finished run(Path folder, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(List.of(arguments));
        return run(folder, command);
    }

    /** Runs a command, and waits until it ends. After ten minutes the command is killed and the test fails. */
    public static Finished run(Path folder, List<String> command) {
        try {
            Path out = Files.createTempFile("freshet-out", ".txt");
            Path err = Files.createTempFile("freshet-err", ".txt");
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            try {
                if (!process.waitFor(LONGEST_RUN.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("still running after " + LONGEST_RUN + ": " + String.join(" ", command));
                }
                return new Finished(process.exitValue(), Files.readString(out), Files.readString(err));
            } finally {
                process.destroyForcibly();
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + String.join(" ", command), e);
        }
    }

    /** The exit code and the output of a program. */
    public record Finished(int exit, String out, String err) {
        /** Returns the output. A program that has failed fails the test. */
        public String expectSuccess() {
            if (exit != 0) {
                throw new AssertionError("exit " + exit + "\n" + out + err);
            }
            return out;
        }
    }
}
