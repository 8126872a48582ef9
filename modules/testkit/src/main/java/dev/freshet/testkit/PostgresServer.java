package dev.freshet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A real PostgreSQL with {@code wal_level=logical}, and a superuser {@code freshet} without a password.
 *
 * <p>It comes from a container ({@code postgres.image}, else {@code postgres:17}) if {@code freshet.test.postgres} is {@code
 * container}; else from this machine's own binaries, as the user {@code postgres} where this process is root, which
 * PostgreSQL refuses to be. The PostgreSQL JDBC driver must be on the class path. Not thread-safe.
 */
public final class PostgresServer implements AutoCloseable {

    private static final long START_SECONDS = 60;
    private static final String USER = "freshet";

    private final @Nullable GenericContainer<?> container;
    private final @Nullable Path directory;
    private final int port;
    private final List<String> settings;
    private @Nullable Process process;
    private final Thread atExit = new Thread(this::kill);

    private PostgresServer(
            @Nullable GenericContainer<?> container, @Nullable Path directory, int port, List<String> settings) {
        this.container = container;
        this.directory = directory;
        this.port = port;
        this.settings = settings;
    }

    /**
     * Starts a server, and returns when it answers.
     *
     * @param settings each as {@code name=value}, over its own defaults
     */
    public static PostgresServer start(String... settings) {
        List<String> all = new ArrayList<>(List.of(
                "wal_level=logical",
                "fsync=off",
                "max_wal_senders=10",
                "max_replication_slots=10",
                "shared_buffers=16MB"));
        all.addAll(List.of(settings));
        PostgresServer server = System.getProperty("freshet.test.postgres", "").equals("container")
                ? new PostgresServer(container(all), null, 0, all)
                : new PostgresServer(null, initialised(), LoopbackPorts.free(), all);
        Runtime.getRuntime().addShutdownHook(server.atExit);
        server.resume();
        return server;
    }

    private static GenericContainer<?> container(List<String> settings) {
        List<String> command = new ArrayList<>(List.of("postgres"));
        settings.forEach(setting -> command.addAll(List.of("-c", setting)));
        GenericContainer<?> container = new GenericContainer<>(
                        DockerImageName.parse(System.getProperty("postgres.image", "postgres:17")))
                .withExposedPorts(5432)
                .withEnv("POSTGRES_USER", USER)
                .withEnv("POSTGRES_HOST_AUTH_METHOD", "trust")
                .withCommand(command.toArray(String[]::new));
        container.start();
        return container;
    }

    private static Path initialised() {
        try {
            Path directory = Files.createTempDirectory("freshet-postgres-");
            if (isRoot()) {
                run(List.of("chown", "postgres", directory.toString()));
            }
            run(asPostgres(
                    binaries().resolve("initdb").toString(),
                    "-D",
                    directory.resolve("data").toString(),
                    "-U",
                    USER,
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                    "--no-locale",
                    "--no-sync"));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Not by runuser or su, which stay in between and keep signals to themselves. */
    private static List<String> asPostgres(String... command) {
        List<String> all = new ArrayList<>(
                isRoot()
                        ? List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--")
                        : List.of());
        all.addAll(List.of(command));
        return all;
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** The folder with the newest version's programs. */
    private static Path binaries() throws IOException {
        Path versions = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(versions)) {
            try (Stream<Path> folders = Files.list(versions)) {
                Path newest = folders.filter(folder -> Files.isExecutable(folder.resolve("bin/initdb")))
                        .max(Comparator.comparingInt(
                                folder -> Integer.parseInt(folder.getFileName().toString())))
                        .orElse(null);
                if (newest != null) {
                    return newest.resolve("bin");
                }
            }
        }
        throw new IllegalStateException("no PostgreSQL below " + versions
                + "; install it, or set freshet.test.postgres to container where a Docker engine answers");
    }

    /** The JDBC address of its database {@code postgres}; the user is in it. */
    public String uri() {
        return uri("postgres");
    }

    /** The JDBC address of one of its databases. */
    public String uri(String database) {
        return "jdbc:postgresql://" + host() + ":" + port() + "/" + database + "?user=" + USER;
    }

    public String host() {
        return container == null ? RedisSource.LOOPBACK : container.getHost();
    }

    public int port() {
        return container == null ? port : container.getMappedPort(5432);
    }

    /** Connects as the superuser. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(uri());
    }

    /** Runs statements, each in its own transaction. */
    public void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Starts it again after {@link #kill}, on the same port with the same data; in a container it goes on after a pause. */
    public void resume() {
        if (directory != null && (process == null || !process.isAlive())) {
            List<String> command = new ArrayList<>(asPostgres(
                    binary("postgres"),
                    "-D",
                    directory.resolve("data").toString(),
                    "-h",
                    RedisSource.LOOPBACK,
                    "-p",
                    Integer.toString(port),
                    "-k",
                    directory.toString()));
            settings.forEach(setting -> command.addAll(List.of("-c", setting)));
            try {
                process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(
                                directory.resolve("postgres.log").toFile()))
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        awaitAnswer();
    }

    /** Ends it at once, as a crash would; it recovers when it is {@linkplain #resume resumed}. Not in a container. */
    public void kill() {
        Process current = process;
        if (current != null && current.isAlive()) {
            try {
                // SIGQUIT ends its children too, where SIGKILL would leave them behind.
                new ProcessBuilder("sh", "-c", "kill -QUIT " + current.pid())
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
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The process ends, and the hook does this.
        }
        kill();
        if (container != null) {
            container.stop();
        }
        if (directory != null) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void awaitAnswer() {
        long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            try (Connection connection = connect()) {
                if (connection.isValid(1)) {
                    return;
                }
            } catch (SQLException e) {
                boolean isDead = process != null && !process.isAlive();
                if (isDead || System.nanoTime() - untilNanos > 0) {
                    throw new IllegalStateException("PostgreSQL does not answer: " + e.getMessage() + "\n" + log(), e);
                }
            }
            Pause.millis(50);
        }
    }

    private String log() {
        try {
            return directory == null ? "" : Files.readString(directory.resolve("postgres.log"));
        } catch (IOException e) {
            return "(unreadable: " + e.getMessage() + ")";
        }
    }

    private static String binary(String name) {
        try {
            return binaries().resolve(name).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(List<String> command) throws IOException {
        Path output = Files.createTempFile("freshet-postgres-", ".log");
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
            throw new IllegalStateException("interrupted", e);
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
