package dev.freshet.benchmarks.source;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The rows that one way of reading changes is measured with. Each way has a table and a region of its own, so that nobody
 * publishes another's changes.
 *
 * @param region the table's name too
 */
record Rows(String region, int count) {

    private static final String PREFIX = "row:";

    String key(int index) {
        return PREFIX + index;
    }

    /** The index of a key. */
    static int indexOf(String key) {
        return Integer.parseInt(key.substring(PREFIX.length()));
    }

    void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE " + region + " (k text PRIMARY KEY, n int NOT NULL)");
            statement.execute("INSERT INTO " + region + " SELECT '" + PREFIX + "' || i, 0 FROM generate_series(0, "
                    + (count - 1) + ") i");
        }
    }

    /** Changes a row, in the transaction that is open. */
    void change(Connection connection, int index) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE " + region + " SET n = n + 1 WHERE k = ?")) {
            update.setString(1, key(index));
            update.executeUpdate();
        }
    }
}
