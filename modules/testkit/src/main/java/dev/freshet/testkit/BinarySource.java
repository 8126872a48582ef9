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

/** Servers that run a binary of this machine, or the one that the embedded-redis artifact carries. */
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
            // It unpacks the binary into a temporary directory, once, and marks it for deletion at the JVM's end.
            Path binary = ExecutableProvider.newJarResourceProvider().get().toPath();
            return new BinarySource(binary, "(" + description + ")");
        } catch (IOException e) {
            throw new IllegalStateException("the embedded Redis cannot be unpacked here: " + e.getMessage(), e);
        }
    }

    /** The machine's own {@code redis-server}, if it has one. */
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
                    + "\", which is neither container, embedded, nor the path of a program");
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
            throw new UncheckedIOException(binary + " does not run", e);
        }
    }

    /** Returns the version that {@code redis-server --version} printed. */
    static String parseVersion(String output) {
        Matcher matcher = VERSION.matcher(output);
        if (!matcher.find()) {
            throw new IllegalStateException("not a Redis server: --version says \"" + output.strip() + "\"");
        }
        return matcher.group(1);
    }
}
