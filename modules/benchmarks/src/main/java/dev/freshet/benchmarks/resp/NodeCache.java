package dev.freshet.benchmarks.resp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The cache of node-redis, in a process of its own. Needs Node and npm, which loads node-redis. */
final class NodeCache implements AutoCloseable {

    private static final List<String> FILES = List.of("package.json", "package-lock.json", "cache.mjs");

    private final Path folder;
    private final int port;
    private final boolean isThere;

    private NodeCache(Path folder, int port, boolean isThere) {
        this.folder = folder;
        this.port = port;
        this.isThere = isThere;
    }

    /**
     * Installs node-redis.
     *
     * @param progress is told if that cannot be; nothing is measured then
     */
    static NodeCache install(int port, Consumer<String> progress) {
        try {
            Path folder = Files.createTempDirectory("freshet-node-cache");
            for (String name : FILES) {
                try (InputStream in =
                        Objects.requireNonNull(NodeCache.class.getResourceAsStream("node/" + name), name)) {
                    Files.copy(in, folder.resolve(name));
                }
            }
            String fault = "";
            try {
                run(folder, List.of("npm", "ci", "--no-audit", "--no-fund"));
            } catch (IOException e) {
                fault = String.valueOf(e.getMessage());
                progress.accept("the cache of node-redis is not measured: " + fault);
            }
            return new NodeCache(folder, port, fault.isEmpty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the median time of a read, in microseconds; empty: it is not installed. */
    OptionalDouble p50Micros(String key, Duration time) throws IOException {
        if (!isThere) {
            return OptionalDouble.empty();
        }
        String millis = Long.toString(time.toMillis());
        return OptionalDouble.of(Double.parseDouble(
                run(folder, List.of("node", "cache.mjs", Integer.toString(port), key, millis, millis))
                        .strip()));
    }

    private static String run(Path folder, List<String> command) throws IOException {
        Process process = new ProcessBuilder(new ArrayList<>(command))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.onExit().join().exitValue();
        if (exit != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + exit + ": " + said);
        }
        return said;
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
