package dev.freshet.sources.outbox;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.sources.ChangeReader;
import dev.freshet.sources.DatabaseClock;
import dev.freshet.sources.Source;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.SourceSession;
import dev.freshet.sources.rules.SchemaCheck;
import dev.freshet.sources.rules.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the rows of an outbox and deletes each row after its change was acknowledged: take → publish → wait → delete, in
 * one transaction. If the publisher dies, the database unlocks its rows. So each change is published at least once.
 *
 * <p>A committed change is published however many entries it evicts.
 */
public final class OutboxSource implements Source {

    private static final Logger log = LoggerFactory.getLogger(OutboxSource.class);
    private static final Set<String> COLUMNS = Set.of("id", "invalidation", "created_at", "failed_at", "failure");
    private static final Duration ACKNOWLEDGEMENT_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(500);
    private static final long CLOCK_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** The maximum wait for a notification. The wait cannot be interrupted, so a stop takes up to this long. */
    private static final int LISTEN_MILLIS = 200;

    private final OutboxConfig config;
    private final Publisher publisher;
    private final ChangeReader reader;
    private final SourceListener listener;
    private final DatabaseClock clock;

    /**
     * @param clock the estimate of the database's clock; this source feeds it with samples
     */
    public OutboxSource(
            OutboxConfig config,
            Publisher publisher,
            ChangeReader reader,
            SourceListener listener,
            DatabaseClock clock) {
        this.config = config;
        this.publisher = publisher;
        this.reader = reader;
        this.listener = listener;
        this.clock = clock;
    }

    /** A row that is being published. */
    private record Sent(OutboxTable.Row row, CompletableFuture<Receipt> receipt) {}

    /** The result of a batch; {@code refused} says why some rows were not acknowledged. */
    private record Outcome(int rows, @Nullable String refused) {}

    @Override
    public void run(SourceSession session) throws Exception {
        try (Connection connection = config.database().connect()) {
            OutboxDialect dialect = OutboxDialect.of(connection);
            requireTable(connection);
            if (!dialect.lock().isEmpty()) {
                // Under REPEATABLE READ, MariaDB and MySQL would also lock the gap after the last row. The
                // application's
                // INSERTs would then wait for Redis.
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            listen(connection, dialect);
            session.working();
            OutboxTable table = new OutboxTable(connection, dialect, config.table());
            long measureAtNanos = System.nanoTime();
            while (!session.isStopping()) {
                if (System.nanoTime() - measureAtNanos >= 0
                        && !dialect.nowMicros().isEmpty()) {
                    clock.measure(connection, dialect.nowMicros());
                    measureAtNanos = System.nanoTime() + CLOCK_INTERVAL_NANOS;
                }
                Outcome outcome = transfer(connection, dialect, table);
                session.blocked(outcome.refused());
                if (outcome.refused() != null) {
                    session.pause(RETRY_PAUSE);
                } else if (outcome.rows() < config.batchRows()) {
                    await(connection, dialect, session);
                }
            }
        } catch (SQLException e) {
            throw new SourceException("the database failed: " + e.getMessage(), e);
        }
    }

    private Outcome transfer(Connection connection, OutboxDialect dialect, OutboxTable table)
            throws SQLException, InterruptedException {
        // Without row locks, an open transaction would block writers while Redis answers and would protect nothing.
        boolean isTransaction = !dialect.lock().isEmpty();
        connection.setAutoCommit(!isTransaction);
        try {
            List<OutboxTable.Row> rows = table.take(config.batchRows());
            Outcome outcome = rows.isEmpty() ? new Outcome(0, null) : publish(rows, table);
            if (isTransaction) {
                connection.commit();
            }
            return outcome;
        } catch (SQLException | InterruptedException | RuntimeException e) {
            if (isTransaction) {
                connection.rollback();
            }
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private Outcome publish(List<OutboxTable.Row> rows, OutboxTable table) throws SQLException, InterruptedException {
        List<Sent> sent = new ArrayList<>(rows.size());
        int quarantined = 0;
        for (OutboxTable.Row row : rows) {
            ChangeReader.Read read = row.text().length() > OutboxTable.MAX_CHARS
                    ? new ChangeReader.Invalid("is longer than " + OutboxTable.MAX_CHARS + " characters")
                    : reader.read(row.text());
            if (read instanceof ChangeReader.Valid valid) {
                sent.add(new Sent(row, publisher.publish(valid.region(), withTime(valid.change(), row))));
            } else {
                String reason = ((ChangeReader.Invalid) read).reason();
                table.quarantine(row, reason);
                quarantined++;
                log.warn(
                        "source {}: row {} of {} is not a valid invalidation and is put aside: {}",
                        config.name(),
                        row.id(),
                        config.table(),
                        reason);
            }
        }
        if (quarantined > 0) {
            listener.quarantined(config.name(), quarantined);
        }
        return await(sent, rows.size(), table);
    }

    private Outcome await(List<Sent> sent, int rows, OutboxTable table) throws SQLException, InterruptedException {
        List<OutboxTable.Row> acknowledged = new ArrayList<>(sent.size());
        long deadlineNanos = System.nanoTime() + ACKNOWLEDGEMENT_TIMEOUT.toNanos();
        String refused = null;
        for (Sent one : sent) {
            try {
                one.receipt().get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
                acknowledged.add(one.row());
            } catch (ExecutionException e) {
                refused = String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
            } catch (TimeoutException e) {
                refused = "the publisher sent no acknowledgement within " + ACKNOWLEDGEMENT_TIMEOUT.toSeconds() + " s";
            }
        }
        table.delete(acknowledged);
        listener.published(config.name(), acknowledged.size());
        if (acknowledged.size() < sent.size()) {
            listener.retried(config.name(), sent.size() - acknowledged.size());
        }
        return new Outcome(rows, refused);
    }

    private Change withTime(Change change, OutboxTable.Row row) {
        boolean isTimed = change.changedAt() != null || row.createdAtMicros().isEmpty();
        return new Change(
                change.selectors(),
                isTimed
                        ? change.changedAt()
                        : clock.toHost(row.createdAtMicros().getAsLong()),
                change.version(),
                change.awaited(),
                true,
                change.trace());
    }

    private void requireTable(Connection connection) throws SQLException, SourceException {
        String schema = connection.getSchema();
        String catalog = connection.getCatalog();
        TableName table = TableName.parse(config.table(), schema != null ? schema : catalog != null ? catalog : "");
        Set<String> columns = new TreeSet<>();
        SchemaCheck.over(connection).columnsOf(table).forEach(column -> columns.add(column.toLowerCase(Locale.ROOT)));
        if (columns.isEmpty()) {
            throw new SourceException(
                    "there is no table " + table + " that this user may see; create it as docs/SOURCES.md says");
        }
        if (!columns.containsAll(COLUMNS)) {
            Set<String> missing = new TreeSet<>(COLUMNS);
            missing.removeAll(columns);
            throw new SourceException("table " + table + " has no column " + String.join(", ", missing)
                    + "; create it as docs/SOURCES.md says");
        }
    }

    private void listen(Connection connection, OutboxDialect dialect) throws SQLException {
        if (dialect.notifies()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("LISTEN \"" + config.channel() + "\"");
            }
        }
    }

    /** Waits for new rows: until a notification arrives, or for the poll interval. */
    private void await(Connection connection, OutboxDialect dialect, SourceSession session)
            throws SQLException, InterruptedException {
        if (!dialect.notifies()) {
            session.pause(config.pollInterval());
            return;
        }
        PGConnection notifications = connection.unwrap(PGConnection.class);
        long untilNanos = System.nanoTime() + config.pollInterval().toNanos();
        while (!session.isStopping()) {
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
            if (leftMillis <= 0
                    || notifications.getNotifications((int) Math.min(LISTEN_MILLIS, leftMillis)).length > 0) {
                return;
            }
        }
    }
}
