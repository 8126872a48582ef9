package dev.freshet.bus;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import redis.clients.jedis.Jedis;

/** Several servers of the machine's own {@code redis-server}, for what needs them to know each other's addresses. */
public final class HostRedis implements AutoCloseable {

    private static final String NEEDS = "this test needs redis-server on the PATH (Debian: redis-server)";

    private final String binary;
    private final Path directory;
    private final List<Process> processes = new ArrayList<>();

    public HostRedis() {
        String found = Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, "redis-server"))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse("");
        Assumptions.assumeFalse(found.isEmpty(), NEEDS);
        binary = found;
        try {
            directory = Files.createTempDirectory("freshet-redis");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A free port whose cluster bus port, 10000 above, is free as well. */
    static int freePort() {
        while (true) {
            try (ServerSocket socket = new ServerSocket(0)) {
                int port = socket.getLocalPort() % 20_000 + 20_000;
                try (ServerSocket first = new ServerSocket(port);
                        ServerSocket bus = new ServerSocket(port + 10_000)) {
                    if (first.isBound() && bus.isBound()) {
                        return port;
                    }
                }
            } catch (IOException e) {
                // Taken: the next round tries another one.
            }
        }
    }

    /** Starts a server and returns its port when it answers. */
    public int start(String... settings) {
        int port = freePort();
        startOn(port, settings);
        return port;
    }

    Process startOn(int port, String... settings) {
        try {
            Path home = Files.createDirectories(directory.resolve(Integer.toString(port)));
            List<String> command = new ArrayList<>(List.of(
                    binary,
                    "--port",
                    Integer.toString(port),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--dir",
                    home.toString()));
            command.addAll(List.of(settings));
            return launch(port, command, home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a sentinel of one master, under the name "main". */
    int startSentinel(int masterPort, int quorum) {
        int port = freePort();
        try {
            Path home = Files.createDirectories(directory.resolve(Integer.toString(port)));
            Path config = home.resolve("sentinel.conf");
            Files.writeString(config, """
                    port %d
                    bind 127.0.0.1
                    dir %s
                    sentinel monitor main 127.0.0.1 %d %d
                    sentinel down-after-milliseconds main 1000
                    sentinel failover-timeout main 5000
                    """.formatted(port, home, masterPort, quorum));
            launch(port, List.of(binary, config.toString(), "--sentinel"), home);
            return port;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process launch(int port, List<String> command, Path home) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile())
                .start();
        processes.add(process);
        Awaitility.await().ignoreExceptions().until(() -> {
            try (Jedis jedis = new Jedis("127.0.0.1", port)) {
                return "PONG".equals(jedis.ping());
            }
        });
        return process;
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(HostRedis::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(File file) {
        if (!file.delete()) {
            file.deleteOnExit();
        }
    }
}
