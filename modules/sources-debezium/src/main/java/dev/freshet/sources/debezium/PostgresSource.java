package dev.freshet.sources.debezium;

import dev.freshet.sources.Source;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.SourceSession;
import dev.freshet.sources.debezium.PostgresTables.Identity;
import dev.freshet.sources.rules.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.postgresql.Driver;

/**
 * Reads the write-ahead log of PostgreSQL and publishes what committed transactions invalidate. The replication slot keeps the
 * offset.
 *
 * <p>Where changes may be missing (a new, missing or invalidated slot; new rules), all of the source's regions are invalidated
 * after the slot exists, so that no change falls between.
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
                PostgresVisibility visibility =
                        new PostgresVisibility(config.name(), config.database(), context.listener(), session)) {
            PostgresSlot slot = new PostgresSlot(connection, config);
            Map<TableName, Identity> identities = slot.check();
            String placeholder = UUID.randomUUID().toString();
            TableCheck.unmapped(connection, config.rules()).forEach(publisher::nameUnmapped);
            String missing = slot.prepare();
            context.clock().measure(connection, CLOCK_QUESTION);
            Reset reset = new Reset(connection, slot, session);
            if (missing != null) {
                reset.begin(missing);
            }
            new EngineRun(config.name(), publisher, new SlotOffset(slot.position()), visibility, session)
                    .run(properties(placeholder), new PostgresFormerRows(identities, placeholder), reset, count -> {
                        reset.look();
                        if (count % CHECKS_PER_CLOCK_SAMPLE == 0) {
                            context.clock().measure(connection, CLOCK_QUESTION);
                        }
                    });
        } catch (SQLException e) {
            throw new SourceException("the database failed: " + e.getMessage(), e);
        }
    }

    /**
     * Invalidates everything if changes may be missing. A transaction that was open at that moment may commit later, and the slot may not
     * deliver it. A transaction that has committed may not be visible yet. So everything is invalidated when such transactions have
     * ended. If they are still open after a second, everything is invalidated at once and again when they have ended; rows are read
     * meanwhile. Only after the last invalidation is it noted as done.
     */
    private final class Reset implements EngineRun.Gate {

        private final Connection connection;
        private final PostgresSlot slot;
        private final SourceSession session;
        private String why = "";
        private long horizon;
        private volatile boolean isOwed;

        Reset(Connection connection, PostgresSlot slot, SourceSession session) {
            this.connection = connection;
            this.slot = slot;
            this.session = session;
        }

        void begin(String reason) throws Exception {
            why = reason;
            slot.complete(false);
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
                slot.complete(true);
            }
        }

        void look() throws Exception {
            if (isOwed && haveEnded()) {
                publisher.invalidateAll(why + ", and the transactions that were open then have ended", session);
                slot.complete(true);
                isOwed = false;
                session.working();
            }
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

    /**
     * The slot's position at the start, then the engine's. It is not stored anywhere: the slot itself keeps the offset, and a
     * copy could disagree with it. But the engine sets the slot to the offset that it finds here.
     */
    private static final class SlotOffset implements EngineOffsets.Keeper {
        private volatile String offset;

        SlotOffset(long lsn) {
            offset = "{\"lsn\":" + lsn + ",\"ts_usec\":0}";
        }

        @Override
        public String offset() {
            return offset;
        }

        @Override
        public void keep(String newOffset) {
            offset = newOffset;
        }
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
