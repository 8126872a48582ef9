package dev.freshet.sources.debezium;

import dev.freshet.sources.SourceException;
import dev.freshet.sources.rules.RuleSet;
import dev.freshet.sources.rules.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a source asks of MariaDB about its binlog and its tables. Used by one thread. */
final class MariaDbBinlog {

    private final Connection connection;

    MariaDbBinlog(Connection connection) {
        this.connection = connection;
    }

    /**
     * Checks that the server logs changed rows, whole.
     *
     * @throws SourceException that names every setting that is wrong, and what it must be
     */
    void requireRows() throws SQLException, SourceException {
        List<String> faults = new ArrayList<>();
        if (!"1".equals(text("SELECT @@global.log_bin"))) {
            faults.add("the server writes no binlog; start it with log_bin");
        }
        requireSetting("binlog_format", "ROW", faults);
        requireSetting("binlog_row_image", "FULL", faults);
        if (!faults.isEmpty()) {
            throw new SourceException(String.join("\n", faults));
        }
    }

    private void requireSetting(String name, String value, List<String> faults) throws SQLException {
        String is = text("SELECT @@global." + name);
        if (!value.equalsIgnoreCase(is)) {
            faults.add("the server's " + name + " is " + is + "; it must be " + value + ": SET GLOBAL " + name + " = '"
                    + value + "', and the same in its configuration");
        }
    }

    /**
     * Takes a lock that one connection of the whole server can hold, and holds until it ends.
     *
     * @throws SourceException if another has it
     */
    void lock(String name) throws SQLException, SourceException {
        if (!"1".equals(text("SELECT GET_LOCK(?, 0)", name))) {
            throw new SourceException(
                    "the binlog is read by another publisher for this source; this one takes over when that one ends");
        }
    }

    /**
     * Makes sure that the lock is still held by this connection.
     *
     * @throws SourceException if it is not
     */
    void requireLock(String name) throws SQLException, SourceException {
        if (!"1".equals(text("SELECT IS_USED_LOCK(?) = CONNECTION_ID()", name))) {
            throw new SourceException("the lock that makes this publisher the source's only reader was lost");
        }
    }

    /** Whether the server still has a file of its binlog. */
    boolean hasFile(String file) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SHOW BINARY LOGS");
                ResultSet files = statement.executeQuery()) {
            while (files.next()) {
                if (file.equals(files.getString(1))) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Where the binlog ends now, as the engine writes an offset. */
    String end() throws SQLException, SourceException {
        try (PreparedStatement statement = connection.prepareStatement("SHOW MASTER STATUS");
                ResultSet status = statement.executeQuery()) {
            if (!status.next()) {
                throw new SourceException("the server writes no binlog; start it with log_bin");
            }
            String file = status.getString(1);
            long position = status.getLong(2);
            String gtids = text("SELECT BINLOG_GTID_POS(?, " + position + ")", file);
            if (gtids == null || gtids.isEmpty()) {
                // Nothing was ever logged; the engine wants a number nevertheless.
                gtids = text("SELECT CONCAT(@@gtid_domain_id, '-', @@server_id, '-0')");
            }
            return "{\"file\":\"" + file + "\",\"pos\":" + position + ",\"gtids\":\"" + gtids + "\"}";
        }
    }

    /** How the rules' tables are defined now; equal texts mean equal columns. */
    String columns(RuleSet rules) throws SQLException {
        StringBuilder columns = new StringBuilder();
        for (String name :
                new TreeSet<>(rules.tables().stream().map(TableName::toString).toList())) {
            TableName table = TableName.parse(name, "");
            try (PreparedStatement statement = connection.prepareStatement(
                    "SELECT column_name, column_type, character_set_name FROM information_schema.columns"
                            + " WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position")) {
                statement.setString(1, table.schema());
                statement.setString(2, table.name());
                try (ResultSet found = statement.executeQuery()) {
                    columns.append(name).append('(');
                    while (found.next()) {
                        columns.append(found.getString(1))
                                .append(' ')
                                .append(found.getString(2))
                                .append(' ')
                                .append(found.getString(3))
                                .append(", ");
                    }
                    columns.append(") ");
                }
            }
        }
        return columns.toString();
    }

    private @Nullable String text(String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet result = statement.executeQuery()) {
                return result.next() ? result.getString(1) : null;
            }
        }
    }
}
