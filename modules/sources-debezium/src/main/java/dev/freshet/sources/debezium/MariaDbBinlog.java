package dev.freshet.sources.debezium;

import dev.freshet.sources.SourceException;
import dev.freshet.sources.rules.RuleSet;
import dev.freshet.sources.rules.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The questions that a source asks MariaDB about its binlog and tables. Used by one thread. */
final class MariaDbBinlog {

    private static final int EVENTS_A_PAGE = 10_000;

    private final Connection connection;

    MariaDbBinlog(Connection connection) {
        this.connection = connection;
    }

    /**
     * Checks that the server logs changed rows, and logs them whole.
     *
     * @throws SourceException naming every wrong setting and its required value
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
     * Takes a lock that only one connection of the server can hold. The connection holds it until it ends.
     *
     * @throws SourceException if another connection holds it
     */
    void lock(String name) throws SQLException, SourceException {
        if (!"1".equals(text("SELECT GET_LOCK(?, 0)", name))) {
            throw new SourceException(
                    "another publisher reads the binlog for this source; this one takes over when that one ends");
        }
    }

    /**
     * Checks that this connection still holds the lock.
     *
     * @throws SourceException if it does not
     */
    void requireLock(String name) throws SQLException, SourceException {
        if (!"1".equals(text("SELECT IS_USED_LOCK(?) = CONNECTION_ID()", name))) {
            throw new SourceException("this publisher lost the lock that makes it the source's only reader");
        }
    }

    /** Returns whether the server still has this file of its binlog. */
    boolean hasFile(String file) throws SQLException {
        return files().contains(file);
    }

    /** Returns the present end of the binlog, in the engine's offset format. */
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
                // Nothing was ever logged, but the engine requires a GTID.
                gtids = text("SELECT CONCAT(@@gtid_domain_id, '-', @@server_id, '-0')");
            }
            return "{\"file\":\"" + file + "\",\"pos\":" + position + ",\"gtids\":\"" + gtids + "\"}";
        }
    }

    /** Describes the present columns of the rules' tables. Equal texts mean equal columns. */
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

    /** Returns when each of the rules' tables was made or altered, to the second. Equal texts mean that none was since. */
    String made(RuleSet rules) throws SQLException {
        StringBuilder made = new StringBuilder();
        for (String name :
                new TreeSet<>(rules.tables().stream().map(TableName::toString).toList())) {
            TableName table = TableName.parse(name, "");
            made.append(name)
                    .append(' ')
                    .append(text(
                            "SELECT create_time FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
                            table.schema(),
                            table.name()))
                    .append('\n');
        }
        return made.toString();
    }

    /** Returns whether a statement between two positions may have replaced one of these tables by another. */
    boolean isReplaced(Collection<TableName> tables, BinlogPosition from, BinlogPosition to) throws SQLException {
        for (String file : files()) {
            BinlogPosition begin = file.equals(from.file()) ? from : new BinlogPosition(file, 0);
            if (begin.compareTo(from) >= 0 && begin.compareTo(to) < 0 && isReplaced(tables, begin)) {
                return true;
            }
        }
        return false;
    }

    private boolean isReplaced(Collection<TableName> tables, BinlogPosition begin) throws SQLException {
        long next = begin.offset();
        boolean isMore = true;
        while (isMore) {
            isMore = false;
            try (PreparedStatement statement = connection.prepareStatement("SHOW BINLOG EVENTS IN '" + begin.file()
                            + "'" + (next == 0 ? "" : " FROM " + next) + " LIMIT " + EVENTS_A_PAGE);
                    ResultSet events = statement.executeQuery()) {
                while (events.next()) {
                    if (events.getString("Event_type").startsWith("Query")
                            && SchemaChange.replaces(events.getString("Info"), tables)) {
                        return true;
                    }
                    next = events.getLong("End_log_pos");
                    isMore = true;
                }
            }
        }
        return false;
    }

    private List<String> files() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SHOW BINARY LOGS");
                ResultSet found = statement.executeQuery()) {
            List<String> files = new ArrayList<>();
            while (found.next()) {
                files.add(found.getString(1));
            }
            return files;
        }
    }

    /** Returns how far in the binlog a reader sees that begins now. */
    BinlogPosition visible() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
            try (ResultSet status = statement.executeQuery("SHOW STATUS LIKE 'binlog_snapshot_%'")) {
                String file = "";
                long offset = 0;
                while (status.next()) {
                    if (status.getString(1).equalsIgnoreCase("binlog_snapshot_file")) {
                        file = status.getString(2);
                    } else if (status.getString(1).equalsIgnoreCase("binlog_snapshot_position")) {
                        offset = status.getLong(2);
                    }
                }
                if (file.isEmpty()) {
                    throw new SQLException("the server has no binlog_snapshot_file, so it cannot say what readers see");
                }
                return new BinlogPosition(file, offset);
            } finally {
                statement.execute("ROLLBACK");
            }
        }
    }

    /** Returns whether the binlogs still reach to a position. */
    boolean reaches(BinlogPosition position) throws SQLException {
        return hasFile(position.file()) && endPosition().compareTo(position) >= 0;
    }

    /** Returns how many bytes of the binlogs lie between two positions. */
    long bytesBetween(BinlogPosition from, BinlogPosition to) throws SQLException {
        if (from.file().equals(to.file())) {
            return to.offset() - from.offset();
        }
        try (PreparedStatement statement = connection.prepareStatement("SHOW BINARY LOGS");
                ResultSet files = statement.executeQuery()) {
            long bytes = to.offset() - from.offset();
            while (files.next()) {
                BinlogPosition begin = new BinlogPosition(files.getString(1), 0);
                if (begin.compareTo(new BinlogPosition(from.file(), 0)) >= 0
                        && begin.compareTo(new BinlogPosition(to.file(), 0)) < 0) {
                    bytes += files.getLong(2);
                }
            }
            return bytes;
        }
    }

    /** Returns where the binlog ends now. */
    BinlogPosition endPosition() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SHOW MASTER STATUS");
                ResultSet status = statement.executeQuery()) {
            if (!status.next()) {
                throw new SQLException("the server writes no binlog");
            }
            return new BinlogPosition(status.getString(1), status.getLong(2));
        }
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
