package dev.freshet.benchmarks.source;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The rows of one way. Each way has its own table and region, so that no way publishes the changes of another.
 *
 * @param region the name of the region and of the table
 * @param count the number of rows
 */
record Rows(String region, int count) {

    private static final String PREFIX = "row:";

    String key(int index) {
        return PREFIX + index;
    }

    /** Returns the index of a key. */
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

    /** Changes a row in the open transaction. */
    void change(Connection connection, int index) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE " + region + " SET n = n + 1 WHERE k = ?")) {
            update.setString(1, key(index));
            update.executeUpdate();
        }
    }
}
