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
import org.junit.jupiter.api.Assumptions;

/**
 * A real MariaDB with a row-based binlog, a database {@code shop}, and a user {@code freshet} with all rights and no password. It runs this
 * machine's {@code mariadbd} as a process, not as a service.
 *
 * <p>If there is no {@code mariadbd}, the test is skipped with a message. If the environment variable {@code CI} is set, it fails instead. The
 * MariaDB JDBC driver must be on the class path. Not thread-safe.
 */
public final class MariaDbServer implements AutoCloseable {

    private static final String DATABASE = "shop";
    private static final String USER = "freshet";
    private static final List<String> FOLDERS = List.of("/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin");

    private final DatabaseProcess process;
    private final int port;

    private MariaDbServer(DatabaseProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts a server and waits until it accepts connections.
     *
     * @param settings each as {@code name=value}; they override the defaults
     */
    public static MariaDbServer start(String... settings) {
        Path server = program("mariadbd");
        Path install = program("mariadb-install-db");
        try {
            Path directory = Files.createTempDirectory("freshet-mariadb-");
            List<String> all = new ArrayList<>(List.of("--no-defaults", "--datadir=" + directory.resolve("data")));
            if (DatabaseProcess.isRoot()) {
                all.add("--user=root");
            }
            all.add("--innodb-log-file-size=8M");
            List<String> prepare = new ArrayList<>(List.of(install.toString()));
            prepare.addAll(all);
            prepare.addAll(List.of("--auth-root-authentication-method=normal", "--skip-test-db"));
            DatabaseProcess.run(prepare);

            Path users = Files.writeString(
                    directory.resolve("users.sql"),
                    "CREATE USER IF NOT EXISTS " + USER + "@'%';\nGRANT ALL ON *.* TO " + USER
                            + "@'%' WITH GRANT OPTION;\nCREATE DATABASE IF NOT EXISTS " + DATABASE + ";\n");
            int port = LoopbackPorts.free();
            List<String> command = new ArrayList<>(List.of(server.toString()));
            command.addAll(all);
            command.addAll(List.of(
                    "--init-file=" + users,
                    "--bind-address=" + RedisSource.LOOPBACK,
                    "--port=" + port,
                    "--socket=" + directory.resolve("socket"),
                    "--pid-file=" + directory.resolve("pid"),
                    "--skip-name-resolve",
                    "--server-id=1",
                    "--log-bin=binlog",
                    "--binlog-format=ROW",
                    // A commit survives a crash of the process, not of the machine.
                    "--innodb-flush-log-at-trx-commit=2",
                    "--innodb-buffer-pool-size=16M"));
            for (String setting : settings) {
                command.add("--" + setting);
            }
            MariaDbServer started = new MariaDbServer(new DatabaseProcess("MariaDB", directory, command, "KILL"), port);
            started.resume();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path program(String name) {
        return FOLDERS.stream()
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseGet(() -> missing(name));
    }

    private static Path missing(String name) {
        String message = "No " + name + " in " + String.join(", ", FOLDERS) + "; install the MariaDB server";
        if (System.getenv("CI") != null) {
            throw new IllegalStateException(message);
        }
        return Assumptions.abort(message);
    }

    /** Returns the JDBC address of its database {@code shop}, with the user. */
    public String uri() {
        return "jdbc:mariadb://" + RedisSource.LOOPBACK + ":" + port + "/" + DATABASE + "?user=" + USER;
    }

    /** Connects as the user with all rights. */
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
        process.start();
        process.awaitAnswer(uri());
    }

    /** Kills the server at once, like a crash. It recovers at {@link #resume}. */
    public void kill() {
        process.kill();
    }

    @Override
    public void close() {
        process.close();
    }
}
