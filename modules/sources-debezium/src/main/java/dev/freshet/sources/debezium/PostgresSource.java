package dev.freshet.sources.debezium;

import dev.freshet.bus.BusException;
import dev.freshet.bus.source.CheckpointStore;
import dev.freshet.sources.Source;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.SourceSession;
import dev.freshet.sources.debezium.PostgresTables.Identity;
import dev.freshet.sources.rules.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/**
 * Reads the write-ahead log of PostgreSQL and publishes what committed transactions invalidate. The replication slot keeps the
 * offset. Redis keeps what the source believed of the database.
 *
 * <p>Where changes may be missing (a new, missing, moved or invalidated slot; another publication, table or partition; new rules), all of the
 * source's regions are invalidated after the slot exists, so that no change falls between.
 */
final class PostgresSource implements Source {

    private static final int CHECKS_PER_CLOCK_SAMPLE = 25;
    private static final Duration RESET_PAUSE = Duration.ofMillis(10);
    private static final int PAUSES_BEFORE_FIRST_RESET = 100;
    private static final String CLOCK_QUESTION =
            "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)";

    private final SourceConfig config;
    private final SourceContext context;
    private final RowPublisher publisher;

    PostgresSource(SourceConfig config, SourceContext context) {
        this.config = config;
        this.context = context;
        this.publisher = new RowPublisher(config, context);
    }

    @Override
    public void run(SourceSession session) throws Exception {
        try (Connection connection = config.database().connect();
                Connection watching = config.database().connect();
                CheckpointStore redis = new CheckpointStore(context.redis(), config.name());
                PostgresVisibility visibility =
                        new PostgresVisibility(config.name(), config.database(), context.listener(), session)) {
            PostgresSlot slot = new PostgresSlot(connection, config);
            Map<TableName, Identity> identities = slot.check();
            TableCheck.unmapped(connection, config.rules()).forEach(publisher::nameUnmapped);
            slot.requireFree();
            PostgresMemory memory = new PostgresMemory(redis);
            memory.load();
            context.clock().measure(connection, CLOCK_QUESTION);
            Watch watch = new Watch(connection, watching, slot, memory, session);
            watch.begin(identities);
            String placeholder = UUID.randomUUID().toString();
            new EngineRun(config.name(), publisher, memory, visibility, session)
                    .run(properties(placeholder), new PostgresFormerRows(identities, placeholder), watch, watch::look);
        } catch (SQLException e) {
            throw new SourceException("the database failed: " + e.getMessage(), e);
        } catch (BusException e) {
            throw new SourceException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Holds what the source believes against what the server says, at the start and while the engine runs, and invalidates everything if
     * changes may be missing.
     *
     * <p>A transaction that was open when something changed may commit later, and the slot may not deliver it. A transaction that has
     * committed may not be visible yet. So everything is invalidated when such transactions have ended. If they are still open after a
     * second, everything is invalidated at once and again when they have ended; rows are read meanwhile. Only after the last invalidation is
     * it remembered as done.
     */
    private final class Watch implements EngineRun.Gate {

        private final Connection connection;
        private final Connection watching;
        private final PostgresSlot slot;
        private final PostgresMemory memory;
        private final SourceSession session;
        private final Lag<Long> lag = new Lag<>(config.name(), context.listener());
        private Map<String, String> believed = Map.of();
        private String why = "";
        private long horizon;
        private long checkAtNanos;
        private volatile boolean isOwed;

        Watch(
                Connection connection,
                Connection watching,
                PostgresSlot slot,
                PostgresMemory memory,
                SourceSession session) {
            this.connection = connection;
            this.watching = watching;
            this.slot = slot;
            this.memory = memory;
            this.session = session;
        }

        void begin(Map<TableName, Identity> identities) throws Exception {
            String changed = slot.preparePublication();
            believed = new PostgresFacts(connection, config).read(identities);
            Map<String, String> was = memory.facts();
            String publication = "publication " + config.publication();
            // A slot reads the catalog as it was: a publication that was made later does not exist for it.
            boolean isOther = was.containsKey(publication)
                    && !numberIn(was.get(publication)).equals(numberIn(believed.get(publication)));
            boolean isNew = (publication + " is new").equals(changed);
            String moved = slot.prepareSlot(isOther || isNew, memory.position());
            memory.begin(slot.position());
            String missing = changed != null ? changed : moved;
            if (missing == null) {
                List<String> differences = PostgresFacts.differences(was, believed);
                missing = was.isEmpty()
                        ? "it is unknown what was read before, or the last run was interrupted"
                        : differences.isEmpty() ? null : String.join("; ", differences);
            }
            if (missing == null) {
                memory.complete(believed);
            } else {
                invalidate(missing);
            }
        }

        private void invalidate(String reason) throws Exception {
            why = reason;
            memory.forget();
            horizon = PostgresSnapshots.horizon(connection);
            for (int i = 0; i < PAUSES_BEFORE_FIRST_RESET && !haveEnded(); i++) {
                if (!session.pause(RESET_PAUSE)) {
                    throw new InterruptedException("stopped before everything was invalidated");
                }
            }
            isOwed = !haveEnded();
            publisher.invalidateAll(why, session);
            if (isOwed) {
                session.incomplete("transactions are open that began before this: " + why
                        + ". Everything is invalidated again when they have ended");
            } else {
                memory.complete(believed);
            }
        }

        void look(int count) throws Exception {
            RuntimeException failure = memory.failure();
            if (failure != null) {
                throw failure;
            }
            if (isOwed && haveEnded()) {
                publisher.invalidateAll(why + ", and the transactions that were open then have ended", session);
                memory.complete(believed);
                isOwed = false;
                session.working();
            }
            if (count % CHECKS_PER_CLOCK_SAMPLE == 0) {
                context.clock().measure(connection, CLOCK_QUESTION);
            }
            if (count == 0 || System.nanoTime() - checkAtNanos >= 0) {
                checkAtNanos = System.nanoTime() + config.checkInterval().toNanos();
                measure();
                // What is believed at the start was read a moment ago.
                String difference = count == 0 ? null : difference();
                if (difference != null) {
                    memory.forget();
                    publisher.invalidateAll(difference, session);
                    throw new SourceException(difference);
                }
            }
        }

        /**
         * Measures the lag, and writes a message into the log, so that the slot moves on while the captured tables are idle: otherwise the
         * server would keep the log of all other tables.
         */
        private void measure() throws SQLException {
            try (Statement statement = watching.createStatement()) {
                // The source must not wait for a synchronous standby.
                statement.execute("SET synchronous_commit = local");
                statement.execute("SELECT pg_logical_emit_message(true, 'freshet', '')");
                try (ResultSet lag = statement.executeQuery("SELECT (confirmed_flush_lsn - '0/0'::pg_lsn)::bigint,"
                        + " (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint FROM pg_replication_slots WHERE slot_name = '"
                        + config.slot() + "'")) {
                    if (lag.next()) {
                        long acknowledged = lag.getLong(1);
                        long end = lag.getLong(2);
                        this.lag.look(acknowledged, end, end - acknowledged, System.nanoTime());
                    }
                }
            }
        }

        /** Returns what is not as the source believes; null if all is. */
        private @Nullable String difference() throws SQLException {
            try {
                Map<TableName, Identity> identities = new HashMap<>();
                for (TableName table : config.rules().tables()) {
                    identities.put(table, PostgresTables.identityOf(watching, table));
                }
                List<String> differences =
                        PostgresFacts.differences(believed, new PostgresFacts(watching, config).read(identities));
                if (!differences.isEmpty()) {
                    return String.join("; ", differences);
                }
            } catch (SourceException e) {
                return e.getMessage();
            }
            OptionalLong position = new PostgresSlot(watching, config).positionIfAny();
            if (position.isEmpty()) {
                return "replication slot " + config.slot() + " does not exist any more";
            }
            return position.getAsLong() > memory.position()
                    ? "replication slot " + config.slot() + " was moved, or dropped and created again, by somebody else"
                    : null;
        }

        private boolean haveEnded() throws SQLException {
            return PostgresSnapshots.current(connection).isAfter(horizon);
        }

        @Override
        public boolean isOpen() {
            return !isOwed;
        }

        @Override
        public void await() {}
    }

    private static String numberIn(@Nullable String publication) {
        return String.valueOf(publication).split(",", 2)[0];
    }

    private Properties properties(String placeholder) throws SourceException {
        Properties address = Driver.parseURL(config.database().uri(), null);
        if (address == null) {
            throw new SourceException("the source's uri is not a valid address of PostgreSQL");
        }
        Properties properties = EngineRun.properties(config);
        properties.putAll(Map.of(
                "connector.class",
                "io.debezium.connector.postgresql.PostgresConnector",
                "plugin.name",
                "pgoutput",
                "slot.name",
                config.slot(),
                "publication.name",
                config.publication(),
                "publication.autocreate.mode",
                "disabled",
                "snapshot.mode",
                "no_data"));
        // One that no row can hold by chance.
        properties.setProperty("unavailable.value.placeholder", placeholder);
        properties.setProperty("database.hostname", address.getProperty("PGHOST"));
        properties.setProperty("database.port", address.getProperty("PGPORT"));
        properties.setProperty("database.dbname", address.getProperty("PGDBNAME"));
        boolean hasUser = !config.database().user().isEmpty();
        properties.setProperty("database.user", hasUser ? config.database().user() : address.getProperty("user", ""));
        boolean hasPassword = !config.database().password().isEmpty();
        properties.setProperty(
                "database.password", hasPassword ? config.database().password() : address.getProperty("password", ""));
        if (address.getProperty("sslmode") != null) {
            properties.setProperty("database.sslmode", address.getProperty("sslmode"));
        }
        return properties;
    }
}
