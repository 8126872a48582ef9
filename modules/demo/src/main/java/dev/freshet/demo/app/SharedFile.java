package dev.freshet.demo.app;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Opens connections to the SQLite file that all replicas share. */
final class SharedFile {

    private static final int BUSY_TIMEOUT_MILLIS = 5_000;
    private static final int SQLITE_BUSY = 5;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private SharedFile() {}

    /**
     * Opens a connection. Creates the file if it does not exist. Blocks.
     *
     * @param statements create what does not exist; may be executed several times
     * @throws SQLException if that fails
     */
    static Connection connect(Path file, String... statements) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try {
            setUp(connection, statements);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** Where two replicas change the journal mode of a new file at once, SQLite refuses one of them, and does not wait. */
    private static void setUp(Connection connection, String... statements) throws SQLException {
        long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BUSY_TIMEOUT_MILLIS);
        while (true) {
            try (Statement statement = connection.createStatement()) {
                // This comes first: a change of the journal mode needs the file's lock too.
                statement.execute("PRAGMA busy_timeout = " + BUSY_TIMEOUT_MILLIS);
                statement.execute("PRAGMA journal_mode = WAL");
                statement.execute("PRAGMA synchronous = NORMAL");
                for (String next : statements) {
                    statement.execute(next);
                }
                return;
            } catch (SQLException e) {
                if (e.getErrorCode() != SQLITE_BUSY || System.nanoTime() - deadlineNanos > 0) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }
}
