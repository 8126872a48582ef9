package dev.freshet.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import redis.embedded.core.ExecutableProvider;

/** Launches servers from a binary of this machine or from the binary in the embedded-redis artifact. */
final class BinarySource implements RedisSource {

    private static final Pattern VERSION = Pattern.compile("v=(\\d+\\.\\d+\\.\\d+)");

    private final Path binary;
    private final String version;
    private final String description;

    private BinarySource(Path binary, String description) {
        this.binary = binary;
        this.version = versionOf(binary);
        this.description = description;
    }

    static BinarySource embedded(String description) {
        try {
            // Unpacks the binary once into a temporary directory, which is deleted when the JVM ends.
            Path binary = ExecutableProvider.newJarResourceProvider().get().toPath();
            return new BinarySource(binary, "(" + description + ")");
        } catch (IOException e) {
            throw new IllegalStateException("Cannot unpack the embedded Redis: " + e.getMessage(), e);
        }
    }

    /** Returns the {@code redis-server} on the {@code PATH}, or empty if there is none. */
    static Optional<BinarySource> onPath() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "redis-server"))
                .filter(Files::isExecutable)
                .findFirst()
                .map(binary -> at(binary.toString()));
    }

    static BinarySource at(String path) {
        Path binary = Path.of(path);
        if (!Files.isExecutable(binary)) {
            throw new IllegalStateException("freshet.test.redis is \"" + path
                    + "\"; use container, embedded, or the path of an executable redis-server");
        }
        return new BinarySource(binary, "(" + path + ")");
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public RedisInstance launch(int port, List<String> settings) {
        ProcessInstance instance = ProcessInstance.create(binary, port, settings);
        instance.start();
        return instance;
    }

    private static String versionOf(Path binary) {
        try {
            Process process = new ProcessBuilder(binary.toString(), "--version")
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return parseVersion(output);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot run " + binary, e);
        }
    }

    /** Returns the version that {@code redis-server --version} printed. */
    static String parseVersion(String output) {
        Matcher matcher = VERSION.matcher(output);
        if (!matcher.find()) {
            throw new IllegalStateException("Not a Redis server: --version printed \"" + output.strip() + "\"");
        }
        return matcher.group(1);
    }
}
