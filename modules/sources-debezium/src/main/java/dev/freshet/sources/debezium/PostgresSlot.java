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
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a source needs in PostgreSQL: a publication that sends its tables, and a replication slot, which keeps the offset. Used by one thread.
 */
final class PostgresSlot {

    private static final Logger log = LoggerFactory.getLogger(PostgresSlot.class);
    /** The comment of a publication that the publisher has created, and may alter. */
    private static final String OURS = "freshet: created by the publisher";

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
     * Creates the publication if it does not exist. One that the publisher has created, it also extends by tables that it lacks; one
     * that somebody else has created is only checked.
     *
     * @return why changes may be missing; null if none are
     */
    @Nullable
    String preparePublication() throws SQLException {
        String name = config.publication();
        String owner = text(
                "SELECT CASE WHEN obj_description(oid, 'pg_publication') LIKE 'freshet%' THEN 'publisher' ELSE 'other' END"
                        + " FROM pg_publication WHERE pubname = ? AND NOT puballtables",
                name);
        if (text("SELECT 'yes' FROM pg_publication WHERE pubname = ?", name) == null) {
            execute("CREATE PUBLICATION " + name + " FOR TABLE "
                    + TableCheck.sorted(config.rules()).stream()
                            .map(PostgresSlot::quoted)
                            .collect(Collectors.joining(", "))
                    + " WITH (publish_via_partition_root = true)");
            execute("COMMENT ON PUBLICATION " + name + " IS '" + OURS + "'");
            return "publication " + name + " is new";
        }
        if (!"publisher".equals(owner)) {
            return null;
        }
        String reason = null;
        for (TableName table : TableCheck.sorted(config.rules())) {
            if (text(
                            "SELECT 'yes' FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid"
                                    + " JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
                                    + " WHERE p.pubname = ? AND n.nspname = ? AND c.relname = ?",
                            name,
                            table.schema(),
                            table.name())
                    == null) {
                execute("ALTER PUBLICATION " + name + " ADD TABLE " + quoted(table));
                reason = "table " + table + " is new in publication " + name;
            }
        }
        if (text("SELECT 'yes' FROM pg_publication WHERE pubname = ? AND pubviaroot", name) == null) {
            execute("ALTER PUBLICATION " + name + " SET (publish_via_partition_root = true)");
            reason = "publication " + name + " sent partitions under their own names";
        }
        return reason;
    }

    /**
     * Makes sure that nobody else reads the slot.
     *
     * @throws SourceException if somebody does, or if the slot is of no use
     */
    void requireFree() throws SQLException, SourceException {
        if (text("SELECT 'yes' FROM pg_replication_slots WHERE slot_name = ? AND active", config.slot()) != null) {
            throw new SourceException("another publisher uses replication slot " + config.slot()
                    + "; this one takes over when that one ends");
        }
        if (text(
                        "SELECT 'yes' FROM pg_replication_slots WHERE slot_name = ? AND (plugin IS DISTINCT FROM 'pgoutput'"
                                + " OR database IS DISTINCT FROM current_database())",
                        config.slot())
                != null) {
            throw new SourceException("replication slot " + config.slot()
                    + " is of another plugin than pgoutput, or of another database; drop it, or set another slot");
        }
    }

    /**
     * Creates the slot if it does not exist, or if it cannot be read further.
     *
     * @param isUseless whether a slot that exists cannot serve
     * @param furthest the furthest position that the slot can have if nobody else touched it; -1 if unknown
     * @return why changes may be missing; null if none are
     */
    @Nullable
    String prepareSlot(boolean isUseless, long furthest) throws SQLException {
        String status = text(
                "SELECT CASE WHEN wal_status = 'lost' OR restart_lsn IS NULL THEN 'lost' ELSE 'there' END"
                        + " FROM pg_replication_slots WHERE slot_name = ?",
                config.slot());
        String reason = null;
        if ("lost".equals(status)) {
            reason = "the server has invalidated replication slot " + config.slot();
        } else if (status == null) {
            reason = "replication slot " + config.slot() + " does not exist";
        } else if (isUseless) {
            reason = "replication slot " + config.slot() + " belongs to a former publication";
        } else if (furthest >= 0 && position() > furthest) {
            return "replication slot " + config.slot() + " was moved, or dropped and created again, by somebody else";
        }
        if (reason != null) {
            if (status != null) {
                execute("SELECT pg_drop_replication_slot(?)", config.slot());
            }
            execute("SELECT pg_create_logical_replication_slot(?, 'pgoutput')", config.slot());
        }
        return reason;
    }

    /** Returns the slot's position in the log. */
    long position() throws SQLException {
        return positionIfAny().orElseThrow(() -> new SQLException("replication slot " + config.slot() + " vanished"));
    }

    /** Returns the slot's position in the log; empty if there is no slot, or none that can be read. */
    OptionalLong positionIfAny() throws SQLException {
        String position = text(
                "SELECT (confirmed_flush_lsn - '0/0'::pg_lsn)::bigint::text FROM pg_replication_slots WHERE slot_name = ?",
                config.slot());
        return position == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(position));
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
