package dev.freshet.sources.debezium;

import dev.freshet.sources.Database;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.SourceSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Waits until PostgreSQL shows the transactions of a batch to new readers. It asks over a connection of its own, again and again, until
 * all are visible: published earlier, the invalidation would be worth nothing. A stop of the source ends the wait.
 */
final class PostgresVisibility implements Visibility, AutoCloseable {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);
    /** A wait that lasts longer is a state of the source, no longer a moment. */
    private static final Duration REPORT_AFTER = Duration.ofSeconds(1);

    private final String source;
    private final Database database;
    private final SourceListener listener;
    private final SourceSession session;
    private volatile @Nullable Connection connection;

    PostgresVisibility(String source, Database database, SourceListener listener, SourceSession session) {
        this.source = source;
        this.database = database;
        this.listener = listener;
        this.session = session;
    }

    @Override
    public void await(List<SourceRecord> batch) throws Exception {
        Set<Long> waiting = transactions(batch);
        if (waiting.isEmpty()) {
            return;
        }
        long startNanos = System.nanoTime();
        boolean isReported = false;
        Duration pause = FIRST_PAUSE;
        waiting.removeIf(PostgresSnapshots.current(connected())::sees);
        if (waiting.isEmpty()) {
            return;
        }
        while (!waiting.isEmpty()) {
            if (!isReported && System.nanoTime() - startNanos > REPORT_AFTER.toNanos()) {
                isReported = true;
                session.blocked("transaction " + waiting.iterator().next()
                        + " is in PostgreSQL's log, but readers do not see it yet: its COMMIT waits, for example for a"
                        + " synchronous standby. What it invalidates is published when readers see it");
            }
            if (!session.pause(pause)) {
                throw new InterruptedException("stopped before the changes were visible");
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            waiting.removeIf(PostgresSnapshots.current(connected())::sees);
        }
        listener.visibilityWaited(source, Duration.ofNanos(System.nanoTime() - startNanos));
        if (isReported) {
            session.blocked(null);
        }
    }

    private static Set<Long> transactions(List<SourceRecord> batch) {
        Set<Long> transactions = new TreeSet<>();
        for (SourceRecord record : batch) {
            Struct origin = ChangedRow.originOf(record);
            Long transaction = origin == null ? null : origin.getInt64("txId");
            if (transaction != null) {
                transactions.add(transaction);
            }
        }
        return transactions;
    }

    private Connection connected() throws Exception {
        Connection current = connection;
        if (current == null) {
            current = database.connect();
            connection = current;
        }
        return current;
    }

    @Override
    public void close() throws SQLException {
        Connection current = connection;
        if (current != null) {
            current.close();
        }
    }
}
