package dev.freshet.demo.app;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Stores the users in one SQLite file that all replicas of the application share. Its write-ahead log lets others read while one
 * process writes. A read that begins after a commit sees it.
 *
 * <p>Methods block: call them on worker threads. Safe to use from any thread; at most one thread a connection runs at a time,
 * and others wait.
 */
public final class UserStore implements AutoCloseable {

    private final List<Connection> all = new ArrayList<>();
    private final BlockingQueue<Connection> idle;

    private UserStore(int connections) {
        idle = new ArrayBlockingQueue<>(connections);
    }

    /**
     * Opens the database. Creates the file and the table if they do not exist.
     *
     * @throws SQLException if that fails
     */
    public static UserStore open(Path file, int connections) throws SQLException {
        UserStore store = new UserStore(connections);
        try {
            for (int i = 0; i < connections; i++) {
                Connection connection = SharedFile.connect(
                        file,
                        "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
                                + " team INTEGER NOT NULL, version INTEGER NOT NULL)",
                        "CREATE INDEX IF NOT EXISTS users_team ON users (team)");
                store.all.add(connection);
                store.idle.add(connection);
            }
            return store;
        } catch (SQLException e) {
            store.close();
            throw e;
        }
    }

    /** Creates users 1 to {@code users} with version 1, spread evenly over the teams, unless they exist. */
    public void seed(int users, int teams) throws SQLException {
        run(connection -> {
            connection.setAutoCommit(false);
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT OR IGNORE INTO users VALUES (?, ?, ?, 1)")) {
                for (int id = 1; id <= users; id++) {
                    insert.setLong(1, id);
                    insert.setString(2, "User " + id);
                    insert.setInt(3, id % teams);
                    insert.addBatch();
                }
                insert.executeBatch();
                connection.commit();
            } finally {
                connection.setAutoCommit(true);
            }
            return users;
        });
    }

    /** Returns a user; empty if there is none. */
    public Optional<User> find(long id) throws SQLException {
        return run(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT id, name, team, version FROM users WHERE id = ?")) {
                select.setLong(1, id);
                return users(select).stream().findFirst();
            }
        });
    }

    /** Renames a user. The change is committed when this returns. Empty if there is no such user. */
    public Optional<User> rename(long id, String name) throws SQLException {
        // One statement: a transaction that begins as a reader could fail to become a writer.
        return run(connection -> {
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE users SET name = ?, version = version + 1 WHERE id = ?"
                            + " RETURNING id, name, team, version")) {
                update.setString(1, name);
                update.setLong(2, id);
                return users(update).stream().findFirst();
            }
        });
    }

    /** Renames all users of a team. The change is committed when this returns. */
    public List<User> renameTeam(int team, String name) throws SQLException {
        return run(connection -> {
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE users SET name = ?, version = version + 1 WHERE team = ?"
                            + " RETURNING id, name, team, version")) {
                update.setString(1, name);
                update.setInt(2, team);
                return users(update);
            }
        });
    }

    private static List<User> users(PreparedStatement statement) throws SQLException {
        List<User> users = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                users.add(new User(rows.getLong(1), rows.getString(2), rows.getInt(3), rows.getLong(4)));
            }
        }
        return users;
    }

    @FunctionalInterface
    private interface Query<T> {
        T run(Connection connection) throws SQLException;
    }

    private <T> T run(Query<T> query) throws SQLException {
        Connection connection;
        try {
            connection = idle.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted while waiting for a connection", e);
        }
        try {
            return query.run(connection);
        } finally {
            idle.add(connection);
        }
    }

    @Override
    public void close() throws SQLException {
        SQLException first = null;
        for (Connection connection : all) {
            try {
                connection.close();
            } catch (SQLException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
