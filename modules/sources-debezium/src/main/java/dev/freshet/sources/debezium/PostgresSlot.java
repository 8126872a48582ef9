package dev.freshet.sources.debezium;

import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.rules.Rule;
import dev.freshet.sources.rules.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a source needs in PostgreSQL: a publication of its tables, and a replication slot, which keeps the offset.
 *
 * <p>The publication's comment says for which rules everything that could be missing has been invalidated since the slot
 * began. It is taken back before a slot is made and given after the invalidation was acknowledged, so that whoever dies in
 * between invalidates again. Used by one thread.
 */
final class PostgresSlot {

    private static final Logger log = LoggerFactory.getLogger(PostgresSlot.class);
    private static final String PENDING = "freshet: changes may be missing";

    private final Connection connection;
    private final SourceConfig config;

    PostgresSlot(Connection connection, SourceConfig config) {
        this.connection = connection;
        this.config = config;
    }

    /** What replication knows about a table's rows. */
    private enum Identity {
        FULL,
        KEY,
        NONE
    }

    /**
     * Checks the rules against the schema.
     *
     * @return the tables of which the former row is known whole
     * @throws SourceException that names every fault
     */
    Set<TableName> check() throws SQLException, SourceException {
        String level = text("SHOW wal_level");
        if (!"logical".equals(level)) {
            throw new SourceException("the server's wal_level is " + level
                    + "; set it to logical in postgresql.conf and restart the server");
        }
        TableCheck.requireFit(connection, config.rules());
        Set<TableName> full = new HashSet<>();
        for (TableName table : new TreeSet<>(namesOf(config.rules().tables()))
                .stream().map(name -> TableName.parse(name, "public")).toList()) {
            Identity identity = identityOf(table);
            if (identity == Identity.NONE) {
                throw new SourceException(
                        "table " + table + " has neither a primary key nor a replica identity: published"
                                + " as it is, its UPDATE and DELETE would fail. Give it one: ALTER TABLE " + table
                                + " REPLICA IDENTITY FULL");
            } else if (identity == Identity.FULL) {
                full.add(table);
            } else {
                sayWhatIsLost(table);
            }
        }
        return full;
    }

    private void sayWhatIsLost(TableName table) throws SQLException {
        Set<String> key = keyOf(table);
        String lost = config.rules().rules().stream()
                .filter(rule -> rule.table().equals(table))
                .flatMap(Rule::templates)
                .filter(template -> !key.containsAll(template.columns()))
                .map(Object::toString)
                .distinct()
                .collect(Collectors.joining(", "));
        if (!lost.isEmpty()) {
            log.warn(
                    "source {}: of a former row of {} PostgreSQL tells only its key, so a row that moves or goes is not"
                            + " evicted by what it was for {}. To mend it: ALTER TABLE {} REPLICA IDENTITY FULL",
                    config.name(),
                    table,
                    lost,
                    table);
        }
    }

    /**
     * Makes the publication and the slot if they are not there.
     *
     * @return why changes may be missing, so that all must be invalidated before going on; null if none are
     */
    @Nullable
    String prepare() throws SQLException, SourceException {
        String reason = preparePublication();
        String status = text(
                "SELECT CASE WHEN wal_status = 'lost' OR restart_lsn IS NULL THEN 'lost' WHEN active THEN 'active'"
                        + " ELSE 'there' END FROM pg_replication_slots WHERE slot_name = ?",
                config.slot());
        if ("active".equals(status)) {
            throw new SourceException("replication slot " + config.slot()
                    + " is in use by another publisher; it takes over" + " when that one ends");
        }
        if ("lost".equals(status)) {
            mark(PENDING);
            execute("SELECT pg_drop_replication_slot(?)", config.slot());
            status = null;
            reason = "the server has invalidated replication slot " + config.slot();
        } else if (status == null) {
            mark(PENDING);
            reason = reason == null ? "replication slot " + config.slot() + " is gone" : reason;
        }
        if (status == null) {
            execute("SELECT pg_create_logical_replication_slot(?, 'pgoutput')", config.slot());
        }
        String marked = text(
                "SELECT obj_description(oid, 'pg_publication') FROM pg_publication WHERE pubname = ?",
                config.publication());
        return reason != null || complete().equals(marked)
                ? reason
                : "the rules are not those of the last run, or that run was interrupted";
    }

    private @Nullable String preparePublication() throws SQLException {
        String all = text("SELECT puballtables::text FROM pg_publication WHERE pubname = ?", config.publication());
        if (all == null) {
            execute("CREATE PUBLICATION " + config.publication() + " FOR TABLE "
                    + config.rules().tables().stream().map(PostgresSlot::quoted).collect(Collectors.joining(", ")));
            return "publication " + config.publication() + " is new";
        }
        String reason = null;
        if (all.equals("false")) {
            for (TableName table : config.rules().tables()) {
                if (text(
                                "SELECT 'yes' FROM pg_publication_tables WHERE pubname = ? AND schemaname = ? AND tablename = ?",
                                config.publication(),
                                table.schema(),
                                table.name())
                        == null) {
                    mark(PENDING);
                    execute("ALTER PUBLICATION " + config.publication() + " ADD TABLE " + quoted(table));
                    reason = "table " + table + " is new in publication " + config.publication();
                }
            }
        }
        return reason;
    }

    /** Notes that everything that could be missing has been invalidated. */
    void complete(boolean done) throws SQLException {
        mark(done ? complete() : PENDING);
    }

    /** Where the slot stands. */
    long position() throws SQLException {
        return Long.parseLong(String.valueOf(text(
                "SELECT (confirmed_flush_lsn - '0/0'::pg_lsn)::bigint::text FROM pg_replication_slots WHERE slot_name = ?",
                config.slot())));
    }

    private String complete() {
        return "freshet: complete for rules " + TableCheck.digest(config.rules());
    }

    private void mark(String comment) throws SQLException {
        execute("COMMENT ON PUBLICATION " + config.publication() + " IS '" + comment + "'");
    }

    private Identity identityOf(TableName table) throws SQLException {
        String identity = text(
                "SELECT CASE WHEN relreplident = 'f' THEN 'FULL' WHEN relreplident = 'i' OR (relreplident = 'd' AND EXISTS"
                        + " (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)) THEN 'KEY' ELSE 'NONE' END"
                        + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = ? AND relname = ?",
                table.schema(),
                table.name());
        return Identity.valueOf(identity == null ? "NONE" : identity);
    }

    private Set<String> keyOf(TableName table) throws SQLException {
        Set<String> columns = new HashSet<>();
        try (ResultSet keys = connection.getMetaData().getPrimaryKeys(null, table.schema(), table.name())) {
            while (keys.next()) {
                columns.add(keys.getString("COLUMN_NAME"));
            }
        }
        return columns;
    }

    private static Set<String> namesOf(Set<TableName> tables) {
        return tables.stream().map(TableName::toString).collect(Collectors.toSet());
    }

    private static String quoted(TableName table) {
        return quoted(table.schema()) + "." + quoted(table.name());
    }

    private static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
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

    private void execute(String sql, String... parameters) throws SQLException {
        if (parameters.length > 0) {
            text(sql, parameters);
            return;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
