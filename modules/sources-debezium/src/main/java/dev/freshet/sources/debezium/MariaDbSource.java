package dev.freshet.sources.debezium;

import com.github.shyiko.mysql.binlog.network.ServerException;
import dev.freshet.bus.BusException;
import dev.freshet.bus.source.CheckpointStore;
import dev.freshet.sources.Source;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.SourceSession;
import dev.freshet.sources.rules.TableName;
import io.debezium.DebeziumException;
import io.debezium.text.MultipleParsingExceptions;
import io.debezium.text.ParsingException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.HostAddress;
import org.mariadb.jdbc.export.SslMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the binlog of MariaDB and publishes what committed transactions invalidate. Redis keeps the position; it is written
 * after the acknowledgement.
 *
 * <p>Where changes may be missing (no stored position, unread binlogs purged, new rules), reading starts over at the binlog's
 * end, in this order: take the position; read the table definitions; check that the columns did not change meanwhile;
 * invalidate all of the source's regions; store the position; read rows.
 */
final class MariaDbSource implements Source {

    private static final Logger log = LoggerFactory.getLogger(MariaDbSource.class);
    private static final int CHECKS_PER_CLOCK_SAMPLE = 25;
    private static final int MAX_CHECKS_TO_SETTLE = 300;
    private static final int DEFAULT_PORT = 3306;
    /** The server's error code for a reader whose position it does not have. */
    private static final int MASTER_FATAL_ERROR = 1236;

    /** What the engine says around any failure to handle an event. */
    private static final String UNREADABLE_EVENT = "Error processing binlog event";

    private static final String CLOCK_QUESTION = "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)";

    private final SourceConfig config;
    private final SourceContext context;
    private final RowPublisher publisher;
    /** Why the last run forgot its position; null if it did not. */
    private @Nullable String lost;

    MariaDbSource(SourceConfig config, SourceContext context) {
        this.config = config;
        this.context = context;
        this.publisher = new RowPublisher(config, context);
    }

    @Override
    public void run(SourceSession session) throws Exception {
        try (Connection connection = config.database().connect();
                CheckpointStore redis = new CheckpointStore(context.redis(), config.name())) {
            MariaDbBinlog binlog = new MariaDbBinlog(connection);
            binlog.requireRows();
            TableCheck.requireFit(connection, config.rules());
            TableCheck.unmapped(connection, config.rules()).forEach(publisher::nameUnmapped);
            String lock = "freshet " + redis.identity();
            binlog.lock(lock);
            context.clock().measure(connection, CLOCK_QUESTION);

            BinlogMemory memory = new BinlogMemory(redis);
            String missing = memory.load(TableCheck.digest(config.rules()));
            if (missing != null && lost != null) {
                missing = lost;
            }
            if (missing == null && !binlog.hasFile(memory.file())) {
                missing = "the server has purged binlog " + memory.file() + " before it was read to its end";
                memory.forget();
            }
            if (missing == null) {
                missing = replaced(binlog, memory);
            }
            new Run(session, connection, binlog, lock, missing == null ? memory : new BinlogMemory(redis), missing)
                    .go();
        } catch (SQLException e) {
            throw new SourceException("the database failed: " + e.getMessage(), e);
        } catch (BusException e) {
            throw new SourceException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Looks for tables that were replaced since the last look.
     *
     * @return which; null if there is none
     */
    private @Nullable String replaced(MariaDbBinlog binlog, BinlogMemory memory) throws SQLException {
        BinlogPosition end = binlog.endPosition();
        String made = binlog.made(config.rules());
        if (!made.equals(memory.made())) {
            BinlogPosition from = memory.madeAt();
            // What was executed between the two questions may show in the second only.
            if (!binlog.hasFile(from.file())
                    || binlog.isReplaced(config.rules().tables(), from, binlog.endPosition())) {
                memory.forget();
                return "a table was replaced: its rows are others, and perhaps its columns; made or altered when: "
                        + made.strip().replace("\n", ", ");
            }
        }
        memory.keepMade(made, end);
        return null;
    }

    /** One run of the engine. */
    private final class Run {

        private final SourceSession session;
        private final Connection connection;
        private final MariaDbBinlog binlog;
        private final String lock;
        private final BinlogMemory memory;
        private final @Nullable String missing;
        private final Lag<BinlogPosition> lag = new Lag<>(config.name(), context.listener());
        private String columns = "";
        private long checkAtNanos;

        Run(
                SourceSession session,
                Connection connection,
                MariaDbBinlog binlog,
                String lock,
                BinlogMemory memory,
                @Nullable String missing) {
            this.session = session;
            this.connection = connection;
            this.binlog = binlog;
            this.lock = lock;
            this.memory = memory;
            this.missing = missing;
        }

        void go() throws Exception {
            if (missing != null) {
                BinlogPosition end = binlog.endPosition();
                memory.keepMade(binlog.made(config.rules()), end);
                columns = binlog.columns(config.rules());
                memory.begin(binlog.end(), TableCheck.digest(config.rules()));
            }
            String id = UUID.randomUUID().toString();
            BinlogDefinitions.register(id, memory);
            try (MariaDbVisibility visibility =
                    new MariaDbVisibility(config.name(), config.database(), context.listener(), session)) {
                new EngineRun(config.name(), publisher, memory, visibility, session)
                        .run(properties(id, missing != null), FormerRows.WHOLE, memory, this::look);
            } catch (SourceException e) {
                if (memory.failure() == null && isBeyondRepair(e)) {
                    memory.forget();
                    lost = "the binlog could not be read further: " + e.getMessage();
                }
                throw e;
            } finally {
                BinlogDefinitions.unregister(id);
            }
        }

        private void look(int count) throws Exception {
            RuntimeException failure = memory.failure();
            if (failure != null) {
                throw failure;
            }
            if (missing != null && !memory.isOpen()) {
                settle(missing, count);
            }
            if (count == 0 || System.nanoTime() - checkAtNanos >= 0) {
                checkAtNanos = System.nanoTime() + config.checkInterval().toNanos();
                check();
            }
            if (count % CHECKS_PER_CLOCK_SAMPLE == 0) {
                binlog.requireLock(lock);
                context.clock().measure(connection, CLOCK_QUESTION);
            }
        }

        /** Measures the lag, and makes sure that the server still logs whole rows. */
        private void check() throws Exception {
            if (!memory.isOpen()) {
                return;
            }
            BinlogPosition end = binlog.endPosition();
            lag.look(memory.position(), end, binlog.bytesBetween(memory.position(), end), System.nanoTime());
            try {
                binlog.requireRows();
            } catch (SourceException e) {
                memory.forget();
                startOver("the server did not log whole rows for a while: " + e.getMessage(), e);
            }
            String replaced = replaced(binlog, memory);
            if (replaced != null) {
                startOver(replaced, new SourceException(replaced));
            }
        }

        /** Invalidates now, because what was missed is visible, and again when the next run has its position. */
        private void startOver(String why, SourceException fault) throws InterruptedException, SourceException {
            lost = why;
            publisher.invalidateAll(String.valueOf(fault.getMessage()), session);
            throw fault;
        }

        /** Invalidates, and opens the gate, once the engine has read every table's definition. */
        private void settle(String why, int count) throws SQLException, SourceException, InterruptedException {
            List<String> definitions = memory.definitions();
            boolean isComplete = config.rules().tables().stream()
                    .allMatch(table -> definitions.stream().anyMatch(definition -> definition.contains(idOf(table))));
            if (!isComplete) {
                if (count > MAX_CHECKS_TO_SETTLE) {
                    throw new SourceException("the engine did not read the definitions of all tables in time");
                }
                return;
            }
            if (!columns.equals(binlog.columns(config.rules()))) {
                throw new SourceException("a table was altered while the engine read its definition");
            }
            // A commit from before may be in the binlog, and not yet be seen by readers.
            if (binlog.visible().compareTo(memory.position()) < 0) {
                session.incomplete(
                        "a transaction is in MariaDB's binlog, but readers do not see it yet: its COMMIT waits for a"
                                + " semi-synchronous replica. Everything is invalidated when they do: " + why);
                return;
            }
            publisher.invalidateAll(why, session);
            memory.settle();
            lost = null;
            session.working();
        }
    }

    /** Returns the table's id as the engine writes it into a definition. */
    private static String idOf(TableName table) {
        return "\\\"" + table.schema() + "\\\".\\\"" + table.name() + "\\\"";
    }

    /**
     * Returns whether a retry would fail again: the position is gone, or the engine cannot parse an event. It cannot parse a row of which a
     * client logged only some columns ({@code binlog_row_image}), a statement that it does not know, or a row of a table whose definition it
     * missed.
     */
    private boolean isBeyondRepair(SourceException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            boolean isGone = cause instanceof ServerException refused && refused.getErrorCode() == MASTER_FATAL_ERROR;
            if (isGone
                    || cause instanceof ParsingException
                    || cause instanceof MultipleParsingExceptions
                    || (cause instanceof DebeziumException && UNREADABLE_EVENT.equals(cause.getMessage()))) {
                log.warn(
                        "source {}: the binlog cannot be read from the stored position: {}",
                        config.name(),
                        e.getMessage());
                if (!isGone) {
                    config.rules().regions().forEach(region -> context.listener()
                            .broadened(config.name(), region));
                }
                return true;
            }
        }
        return false;
    }

    private Properties properties(String id, boolean isBeginning) throws SQLException, SourceException {
        Configuration address = Configuration.parse(config.database().uri());
        if (address == null || address.addresses().isEmpty()) {
            throw new SourceException("the source's uri is not a valid address of MariaDB");
        }
        HostAddress server = address.addresses().get(0);
        Properties properties = EngineRun.properties(config);
        properties.putAll(Map.ofEntries(
                Map.entry("connector.class", "io.debezium.connector.mariadb.MariaDbConnector"),
                Map.entry("database.hostname", String.valueOf(server.host)),
                Map.entry("database.port", Integer.toString(server.port == 0 ? DEFAULT_PORT : server.port)),
                Map.entry("database.user", or(config.database().user(), address.user())),
                Map.entry("database.password", or(config.database().password(), address.password())),
                Map.entry("database.ssl.mode", sslMode(address.sslMode())),
                // The server disconnects a reader when another one uses the same id.
                Map.entry(
                        "database.server.id",
                        Integer.toString(ThreadLocalRandom.current().nextInt(1 << 20, Integer.MAX_VALUE))),
                Map.entry("database.include.list", names(TableName::schema)),
                Map.entry("table.include.list", names(TableName::toString)),
                // At a new position the engine reads the definitions from the tables themselves.
                Map.entry("snapshot.mode", isBeginning ? "recovery" : "no_data"),
                Map.entry("snapshot.locking.mode", "none"),
                Map.entry("include.schema.changes", "true"),
                Map.entry("bigint.unsigned.handling.mode", "precise"),
                Map.entry("connect.keep.alive.interval.ms", "5000"),
                Map.entry("schema.history.internal", BinlogDefinitions.class.getName()),
                Map.entry("schema.history.internal.store.only.captured.tables.ddl", "true"),
                Map.entry("schema.history.internal.store.only.captured.databases.ddl", "true"),
                Map.entry(BinlogDefinitions.MEMORY_PROPERTY, id)));
        return properties;
    }

    private static String or(String configured, @Nullable String addressed) {
        return !configured.isEmpty() ? configured : addressed == null ? "" : addressed;
    }

    private static String sslMode(@Nullable SslMode mode) {
        return switch (mode == null ? SslMode.DISABLE : mode) {
            case TRUST -> "trust";
            case VERIFY_CA -> "verify-ca";
            case VERIFY_FULL -> "verify-full";
            default -> "disable";
        };
    }

    /** Returns a comma-separated list of patterns, each matching one name. */
    private String names(Function<TableName, String> of) {
        return config.rules().tables().stream()
                .map(of)
                .distinct()
                .map(Pattern::quote)
                .collect(Collectors.joining(","));
    }
}
