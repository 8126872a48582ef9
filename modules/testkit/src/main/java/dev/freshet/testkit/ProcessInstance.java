package dev.freshet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A server process on this machine, with a temporary directory for its data, configuration and log. */
final class ProcessInstance implements RedisInstance {

    private static final int LOG_LINES = 30;

    private final Path binary;
    private final Path directory;
    private final boolean isSentinel;
    private @Nullable Process process;

    private ProcessInstance(Path binary, Path directory, boolean isSentinel) {
        this.binary = binary;
        this.directory = directory;
        this.isSentinel = isSentinel;
    }

    static ProcessInstance create(Path binary, int port, List<String> settings) {
        try {
            Path directory = Files.createTempDirectory("freshet-redis-");
            List<String> lines = new ArrayList<>(List.of(
                    "bind " + RedisSource.LOOPBACK, "port " + port, "daemonize no", "dir \"" + directory + "\""));
            lines.addAll(settings);
            Files.write(directory.resolve("redis.conf"), lines);
            return new ProcessInstance(
                    binary, directory, settings.stream().anyMatch(line -> line.startsWith("sentinel ")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void start() {
        try {
            List<String> command = new ArrayList<>(
                    List.of(binary.toString(), directory.resolve("redis.conf").toString()));
            if (isSentinel) {
                command.add("--sentinel");
            }
            process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("redis.log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start " + binary, e);
        }
    }

    @Override
    public void stop() {
        process().destroy();
        if (!ChildProcess.endsWithin(process(), 10)) {
            kill();
        }
    }

    @Override
    public void kill() {
        ChildProcess.kill(process());
    }

    @Override
    public void pause() {
        ChildProcess.signal(process(), "STOP");
    }

    @Override
    public void resume() {
        ChildProcess.signal(process(), "CONT");
    }

    @Override
    public boolean isAlive() {
        return process().isAlive();
    }

    @Override
    public String log() {
        try {
            List<String> lines = Files.readAllLines(directory.resolve("redis.log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
        } catch (IOException e) {
            return "(unreadable: " + e.getMessage() + ")";
        }
    }

    @Override
    public void destroy() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process process() {
        if (process == null) {
            throw new IllegalStateException("The process was never started");
        }
        return process;
    }
}
