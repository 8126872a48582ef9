package dev.freshet.sources.debezium;

import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.debezium.PostgresTables.Identity;
import dev.freshet.sources.rules.Rule;
import dev.freshet.sources.rules.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a source needs in PostgreSQL: a publication of its tables, and a replication slot, which keeps the offset.
 *
 * <p>The publication's comment records the rules for which all possibly missing changes were invalidated since the slot
 * exists. It is cleared before a slot is created, and written after the invalidation was acknowledged. So a publisher that dies
 * in between invalidates again. Used by one thread.
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

    /**
     * Checks the rules against the schema.
     *
     * @return what replication reports of each table's former rows
     * @throws SourceException naming every fault
     */
    Map<TableName, Identity> check() throws SQLException, SourceException {
        String level = text("SHOW wal_level");
        if (!"logical".equals(level)) {
            throw new SourceException("the server's wal_level is " + level
                    + "; set it to logical in postgresql.conf and restart the server");
        }
        TableCheck.requireFit(connection, config.rules());
        Map<TableName, Identity> identities = new HashMap<>();
        for (TableName table : TableCheck.sorted(config.rules())) {
            Identity identity = PostgresTables.identityOf(connection, table);
            identities.put(table, identity);
            if (!identity.isFull()) {
                nameWhatIsNotReported(table, identity);
            }
        }
        return identities;
    }

    private void nameWhatIsNotReported(TableName table, Identity identity) {
        String lost = config.rules().rules().stream()
                .filter(rule -> rule.table().equals(table))
                .flatMap(Rule::templates)
                .filter(template -> !identity.columns().containsAll(template.columns()))
                .map(Object::toString)
                .distinct()
                .collect(Collectors.joining(", "));
        if (!lost.isEmpty()) {
            log.warn(
                    "source {}: of a former row of {} PostgreSQL reports at most {}, so each UPDATE and DELETE invalidates more than"
                            + " {} names: all keys with the known prefix, or the whole region. To avoid it: ALTER TABLE {} REPLICA"
                            + " IDENTITY FULL",
                    config.name(),
                    table,
                    String.join(", ", new TreeSet<>(identity.columns())),
                    lost,
                    table);
        }
    }

    /**
     * Creates the publication and the slot if they do not exist.
     *
     * @return why changes may be missing, so that all regions must be invalidated first; null if none are
     */
    @Nullable
    String prepare() throws SQLException, SourceException {
        String reason = preparePublication();
        String status = text(
                "SELECT CASE WHEN wal_status = 'lost' OR restart_lsn IS NULL THEN 'lost' WHEN active THEN 'active'"
                        + " ELSE 'there' END FROM pg_replication_slots WHERE slot_name = ?",
                config.slot());
        if ("active".equals(status)) {
            throw new SourceException("another publisher uses replication slot " + config.slot()
                    + "; this one takes over when that one ends");
        }
        if ("lost".equals(status)) {
            mark(PENDING);
            execute("SELECT pg_drop_replication_slot(?)", config.slot());
            status = null;
            reason = "the server has invalidated replication slot " + config.slot();
        } else if (status == null) {
            mark(PENDING);
            reason = reason == null ? "replication slot " + config.slot() + " does not exist" : reason;
        }
        if (status == null) {
            execute("SELECT pg_create_logical_replication_slot(?, 'pgoutput')", config.slot());
        }
        String marked = text(
                "SELECT obj_description(oid, 'pg_publication') FROM pg_publication WHERE pubname = ?",
                config.publication());
        return reason != null || complete().equals(marked)
                ? reason
                : "the rules differ from those of the last run, or that run was interrupted";
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

    /** Records whether all possibly missing changes have been invalidated. */
    void complete(boolean done) throws SQLException {
        mark(done ? complete() : PENDING);
    }

    /** Returns the slot's position in the log. */
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
