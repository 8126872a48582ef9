package dev.freshet.demo.app;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * Stores the users in one SQLite file that all replicas share. A read that begins after a commit sees it. Methods block and exclude
 * each other. Safe to use from any thread.
 */
public final class UserStore implements UserSource, AutoCloseable {

    private static final int BUSY_TIMEOUT_MILLIS = 5_000;

    private final Connection connection;

    private UserStore(Connection connection) {
        this.connection = connection;
    }

    /**
     * Creates the file, and users 1 to {@code users} with version 1. To be called once, before replicas open it.
     *
     * @throws SQLException if that fails
     */
    public static void create(Path file, int users) throws SQLException {
        try (UserStore store = open(file);
                Statement statement = store.connection.createStatement()) {
            // Lets others read while one process writes.
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute(
                    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL)");
            statement.execute("WITH RECURSIVE ids(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < " + users
                    + ") INSERT INTO users SELECT id, 'User ' || id, 1 FROM ids");
        }
    }

    /**
     * Opens a file that {@link #create} made.
     *
     * @throws SQLException if that fails
     */
    public static UserStore open(Path file) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = " + BUSY_TIMEOUT_MILLIS);
            statement.execute("PRAGMA synchronous = OFF");
            return new UserStore(connection);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public synchronized @Nullable User find(long id) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT id, name, version FROM users WHERE id = ?")) {
            select.setLong(1, id);
            return user(select);
        }
    }

    @Override
    public synchronized @Nullable User rename(long id, String name) throws SQLException {
        // One statement: a transaction that begins as a reader could fail to become a writer.
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE users SET name = ?, version = version + 1 WHERE id = ? RETURNING id, name, version")) {
            update.setString(1, name);
            update.setLong(2, id);
            return user(update);
        }
    }

    private static @Nullable User user(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? new User(rows.getLong(1), rows.getString(2), rows.getLong(3)) : null;
        }
    }

    @Override
    public synchronized void close() throws SQLException {
        connection.close();
    }
}
