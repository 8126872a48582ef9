package dev.freshet.sources.debezium;

import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.debezium.PostgresTables.Identity;
import dev.freshet.sources.rules.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a source relies on in PostgreSQL, as facts that can be compared: which publication, what it sends, which tables and partitions the
 * rules' names stand for, and what replication reports of their former rows.
 */
final class PostgresFacts {

    private static final int VERSION_WITH_FILTERS = 150_000;

    private static final String PUBLICATION = "SELECT oid::text, pubinsert AND pubupdate AND pubdelete AND pubtruncate,"
            + " concat_ws(', ', CASE WHEN pubinsert THEN 'insert' END, CASE WHEN pubupdate THEN 'update' END,"
            + " CASE WHEN pubdelete THEN 'delete' END, CASE WHEN pubtruncate THEN 'truncate' END), pubviaroot"
            + " FROM pg_publication WHERE pubname = ?";

    private static final String TABLE = "SELECT c.oid::text, c.relkind::text,"
            + " (SELECT string_agg(t.relid::oid::text, ' ' ORDER BY t.relid) FROM pg_partition_tree(c.oid) t WHERE c.relkind = 'p'),"
            + " (SELECT string_agg(h.inhrelid::regclass::text, ', ' ORDER BY h.inhrelid) FROM pg_inherits h"
            + " WHERE h.inhparent = c.oid AND c.relkind <> 'p')"
            + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relname = ?";

    private final Connection connection;
    private final SourceConfig config;

    PostgresFacts(Connection connection, SourceConfig config) {
        this.connection = connection;
        this.config = config;
    }

    /**
     * Reads the facts.
     *
     * @throws SourceException naming what is missing, and the statement that mends it
     */
    Map<String, String> read(Map<TableName, Identity> identities) throws SQLException, SourceException {
        Map<String, String> facts = new TreeMap<>();
        facts.put("the rules", TableCheck.digest(config.rules()));
        facts.put("publication " + config.publication(), publication());
        for (TableName table : TableCheck.sorted(config.rules())) {
            facts.put("table " + table, table(table));
            Identity identity = identities.getOrDefault(table, Identity.UNKNOWN);
            facts.put(
                    "the replica identity of table " + table,
                    identity.isFull() ? "FULL" : String.join(", ", new TreeSet<>(identity.columns())));
            facts.put("the unique indexes of table " + table, String.join(", ", new TreeSet<>(identity.indexed())));
        }
        return facts;
    }

    /** Returns what differs, as clauses for people; empty if nothing does. */
    static List<String> differences(Map<String, String> was, Map<String, String> is) {
        List<String> differences = new ArrayList<>();
        TreeSet<String> facts = new TreeSet<>(was.keySet());
        facts.addAll(is.keySet());
        for (String fact : facts) {
            String before = was.get(fact);
            String now = is.get(fact);
            if (before == null || now == null || !before.equals(now)) {
                differences.add(fact
                        + (before == null
                                ? " is new"
                                : now == null ? " is gone" : " is not what it was: " + before + " became " + now));
            }
        }
        return differences;
    }

    private String publication() throws SQLException, SourceException {
        try (PreparedStatement statement = connection.prepareStatement(PUBLICATION)) {
            statement.setString(1, config.publication());
            try (ResultSet found = statement.executeQuery()) {
                if (!found.next()) {
                    throw new SourceException("publication " + config.publication() + " does not exist any more");
                }
                if (!found.getBoolean(2)) {
                    throw new SourceException("publication " + config.publication() + " sends only "
                            + found.getString(3) + "; run: ALTER PUBLICATION " + config.publication()
                            + " SET (publish = 'insert, update, delete, truncate')");
                }
                boolean isViaRoot = found.getBoolean(4);
                for (TableName table : config.rules().tables()) {
                    requireSent(table, isViaRoot);
                }
                return "number " + found.getString(1)
                        + (isViaRoot
                                ? ", partitions under the name of their root"
                                : ", partitions under their own names");
            }
        }
    }

    private void requireSent(TableName table, boolean isViaRoot) throws SQLException, SourceException {
        String name = config.publication();
        if (text(
                        "SELECT 'yes' FROM pg_publication_tables WHERE pubname = ? AND schemaname = ? AND tablename = ?",
                        name,
                        table.schema(),
                        table.name())
                == null) {
            String kind = text(
                    "SELECT CASE WHEN c.relispartition AND " + isViaRoot
                            + " THEN 'partition' WHEN c.relkind = 'p' AND NOT " + isViaRoot
                            + " THEN 'root' ELSE 'table' END FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                            + " WHERE n.nspname = ? AND c.relname = ?",
                    table.schema(),
                    table.name());
            throw new SourceException(
                    "partition".equals(kind)
                            ? "publication " + name + " sends partition " + table
                                    + " under the name of its root; let the rule name the root"
                            : "root".equals(kind)
                                    ? "publication " + name + " sends the partitions of " + table
                                            + " under their own names; run: ALTER PUBLICATION " + name
                                            + " SET (publish_via_partition_root = true), and have " + table + " in it"
                                    : "publication " + name + " does not send table " + table
                                            + "; run: ALTER PUBLICATION " + name + " ADD TABLE " + table);
        }
        if (Integer.parseInt(String.valueOf(text("SHOW server_version_num"))) >= VERSION_WITH_FILTERS) {
            requireWhole(table);
        }
    }

    /** Rows and columns can be left out since PostgreSQL 15. */
    private void requireWhole(TableName table) throws SQLException, SourceException {
        String filter = text(
                "SELECT rowfilter FROM pg_publication_tables WHERE pubname = ? AND schemaname = ? AND tablename = ?",
                config.publication(),
                table.schema(),
                table.name());
        if (filter != null) {
            throw new SourceException("publication " + config.publication() + " leaves out rows of table " + table
                    + " that are not " + filter + "; publish the table without a WHERE");
        }
        for (String column : config.rules().columnsOf(table)) {
            if (text(
                            "SELECT 'yes' FROM pg_publication_tables WHERE pubname = ? AND schemaname = ? AND tablename = ?"
                                    + " AND ? = ANY(attnames::text[])",
                            config.publication(),
                            table.schema(),
                            table.name(),
                            column)
                    == null) {
                throw new SourceException("publication " + config.publication() + " leaves out column " + column
                        + " of table " + table + ", which a rule names; publish the table without a list of columns");
            }
        }
    }

    private String table(TableName table) throws SQLException, SourceException {
        try (PreparedStatement statement = connection.prepareStatement(TABLE)) {
            statement.setString(1, table.schema());
            statement.setString(2, table.name());
            try (ResultSet found = statement.executeQuery()) {
                if (!found.next()) {
                    throw new SourceException("table " + table + " does not exist any more");
                }
                String children = found.getString(4);
                if (children != null) {
                    throw new SourceException("tables inherit from " + table + ": " + children
                            + ". Their rows are read with those of " + table
                            + ", but PostgreSQL reports their changes under their own names. Use a partitioned table");
                }
                String partitions = found.getString(3);
                return "number " + found.getString(1) + (partitions == null ? "" : " with partitions " + partitions);
            }
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
