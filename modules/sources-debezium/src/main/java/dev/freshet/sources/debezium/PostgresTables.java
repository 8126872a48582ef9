package dev.freshet.sources.debezium;

import dev.freshet.sources.SourceException;
import dev.freshet.sources.rules.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Asks PostgreSQL's catalog about tables. */
final class PostgresTables {

    /** A partitioned table has no rows of its own: its partitions have, each with its own replica identity. */
    private static final String STORED = """
            WITH root AS (
              SELECT c.oid, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = ? AND c.relname = ?),
            leaf AS (
              SELECT t.relid AS oid FROM root, LATERAL pg_partition_tree(root.oid) t WHERE relkind = 'p' AND t.isleaf
              UNION SELECT oid FROM root WHERE relkind <> 'p')
            """;

    private static final String COLUMNS = """
            (SELECT array_agg(a.attname::text) FROM pg_index i
              CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
              WHERE i.indrelid = c.oid AND k.position <= i.indnkeyatts AND %s)
            """;

    private static final String IDENTITY = STORED
            + "SELECT c.relreplident, "
            + String.format(
                    COLUMNS,
                    "CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END")
            + ", "
            + String.format(COLUMNS, "i.indisunique")
            + " FROM leaf JOIN pg_class c ON c.oid = leaf.oid";

    private PostgresTables() {}

    /**
     * What replication reports of a former row.
     *
     * @param isFull whether it reports every column
     * @param columns those that it reports if it does not report every column; if it reports nothing, they did not change
     * @param indexed the columns of unique indexes: those that any other replica identity would report
     */
    record Identity(boolean isFull, Set<String> columns, Set<String> indexed) {

        /** Nothing is known. */
        static final Identity UNKNOWN = new Identity(false, Set.of(), Set.of());

        Identity {
            columns = Set.copyOf(columns);
            indexed = Set.copyOf(indexed);
        }
    }

    /**
     * Returns the replica identity of a table; of a partitioned one, what all partitions have in common.
     *
     * @throws SourceException if there is none, so that UPDATE and DELETE would fail
     */
    static Identity identityOf(Connection connection, TableName table) throws SQLException, SourceException {
        try (PreparedStatement statement = connection.prepareStatement(IDENTITY)) {
            statement.setString(1, table.schema());
            statement.setString(2, table.name());
            try (ResultSet stored = statement.executeQuery()) {
                Identity common = null;
                while (stored.next()) {
                    boolean isFull = stored.getString(1).equals("f");
                    Set<String> columns = names(stored.getArray(2));
                    if (!isFull && columns.isEmpty()) {
                        throw new SourceException("table " + table
                                + " has neither a primary key nor a replica identity, so publishing it would make"
                                + " its UPDATE and DELETE fail. Set one: ALTER TABLE " + table
                                + " REPLICA IDENTITY FULL");
                    }
                    common = common(common, new Identity(isFull, columns, names(stored.getArray(3))));
                }
                return common == null ? Identity.UNKNOWN : common;
            }
        }
    }

    private static Identity common(@Nullable Identity one, Identity other) {
        if (one == null) {
            return other;
        }
        Set<String> columns = new HashSet<>(one.isFull() ? other.columns() : one.columns());
        if (!one.isFull() && !other.isFull()) {
            columns.retainAll(other.columns());
        }
        Set<String> indexed = new HashSet<>(one.indexed());
        indexed.addAll(other.indexed());
        return new Identity(one.isFull() && other.isFull(), columns, indexed);
    }

    private static Set<String> names(@Nullable Array array) throws SQLException {
        return array == null ? Set.of() : Set.copyOf(List.of((String[]) array.getArray()));
    }
}
