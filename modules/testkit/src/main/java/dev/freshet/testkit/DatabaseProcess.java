package dev.freshet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A database server on this machine with its data in a temporary folder. It can be killed and started again. */
final class DatabaseProcess implements AutoCloseable {

    private static final long START_SECONDS = 180;

    private final String name;
    private final Path directory;
    private final List<String> command;
    private final String crash;
    private @Nullable Process process;
    private final Thread atExit = new Thread(this::kill);

    /**
     * Prepares a server without starting it.
     *
     * @param directory the folder of its data and log, deleted at the end
     * @param command the command that runs the server in the foreground
     * @param crash the signal that ends the server and all its children at once
     */
    DatabaseProcess(String name, Path directory, List<String> command, String crash) {
        this.name = name;
        this.directory = directory;
        this.command = command;
        this.crash = crash;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts the server unless it is running. */
    void start() {
        if (isAlive()) {
            return;
        }
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Waits until the started server accepts connections, for at most three minutes. */
    void awaitAnswer(String uri) {
        try {
            awaitAnswer(name, uri, this::isAlive);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(e.getMessage() + "\n" + logged(), e);
        }
    }

    /**
     * Waits until a server accepts connections, for at most three minutes.
     *
     * @throws IllegalStateException if it ends or does not answer in time
     */
    static void awaitAnswer(String name, String uri, BooleanSupplier isAlive) {
        long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            try (Connection connection = DriverManager.getConnection(uri)) {
                if (connection.isValid(1)) {
                    return;
                }
            } catch (SQLException e) {
                if (!isAlive.getAsBoolean() || System.nanoTime() - untilNanos > 0) {
                    throw new IllegalStateException(name + " does not accept connections: " + e.getMessage(), e);
                }
            }
            Pause.millis(50);
        }
    }

    /** Ends the server at once, as a crash would. */
    void kill() {
        Process current = process;
        if (current == null || !current.isAlive()) {
            return;
        }
        try {
            new ProcessBuilder("sh", "-c", "kill -" + crash + " " + current.pid())
                    .start()
                    .waitFor();
            if (!current.waitFor(10, TimeUnit.SECONDS)) {
                current.destroyForcibly().waitFor();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The JVM is shutting down; the hook is running.
        }
        kill();
        delete(directory);
    }

    /** Deletes a folder with its content. */
    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path log() {
        return directory.resolve("server.log");
    }

    private String logged() {
        try {
            return Files.readString(log());
        } catch (IOException e) {
            return "(unreadable: " + e.getMessage() + ")";
        }
    }

    static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /**
     * Runs a program to its end.
     *
     * @throws IllegalStateException with its output if it fails
     */
    static void run(List<String> command) throws IOException {
        Path output = Files.createTempFile("freshet-database-", ".log");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(Path.of("/").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command + " failed: " + Files.readString(output));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while " + command.get(0) + " runs", e);
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
