package dev.freshet.sources.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** The statements on an outbox's table, over one connection. Used by one thread. */
final class OutboxTable {

    /** The maximum length of a row's text; a longer one is put aside unread. */
    static final int MAX_CHARS = 256 * 1024;

    private static final int TIMEOUT_SECONDS = 30;
    private static final int MAX_REASON_CHARS = 1_000;

    private final Connection connection;
    private final OutboxDialect dialect;
    private final String table;

    /**
     * @param createdAtMicros when the row was written, on the database's clock; empty if unknown
     */
    record Row(Object id, String text, OptionalLong createdAtMicros) {}

    OutboxTable(Connection connection, OutboxDialect dialect, String table) {
        this.connection = connection;
        this.dialect = dialect;
        this.table = table;
    }

    /**
     * Takes the oldest rows that are neither put aside nor locked by another publisher. It does not remember the largest id: a
     * smaller id may commit later and would be skipped.
     */
    List<Row> take(int maximum) throws SQLException {
        String select = "SELECT id, substr(invalidation, 1, " + (MAX_CHARS + 1) + "), " + dialect.createdAtMicros()
                + " FROM " + table + " WHERE failure IS NULL ORDER BY id LIMIT ?" + dialect.lock();
        try (PreparedStatement statement = prepare(select)) {
            statement.setInt(1, maximum);
            List<Row> rows = new ArrayList<>();
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    String text = found.getString(2);
                    long micros = found.getLong(3);
                    OptionalLong createdAt = found.wasNull() ? OptionalLong.empty() : OptionalLong.of(micros);
                    rows.add(new Row(found.getObject(1), text == null ? "" : text, createdAt));
                }
            }
            return rows;
        }
    }

    void delete(List<Row> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = prepare("DELETE FROM " + table + " WHERE id = ?")) {
            for (Row row : rows) {
                statement.setObject(1, row.id());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /** Puts a row aside: it stays in the table with the reason, and {@link #take} skips it. */
    void quarantine(Row row, String reason) throws SQLException {
        String update = "UPDATE " + table + " SET failure = ?, failed_at = CURRENT_TIMESTAMP WHERE id = ?";
        try (PreparedStatement statement = prepare(update)) {
            statement.setString(
                    1, reason.length() <= MAX_REASON_CHARS ? reason : reason.substring(0, MAX_REASON_CHARS));
            statement.setObject(2, row.id());
            statement.executeUpdate();
        }
    }

    private PreparedStatement prepare(String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        statement.setQueryTimeout(TIMEOUT_SECONDS);
        return statement;
    }
}
