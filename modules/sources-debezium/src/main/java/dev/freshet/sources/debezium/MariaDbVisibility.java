package dev.freshet.sources.debezium;

import dev.freshet.sources.Database;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.SourceSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Waits until MariaDB shows the transactions of a batch to new readers. With semi-synchronous replication and {@code AFTER_SYNC} a COMMIT
 * is in the binlog for as long as it waits for a replica, and no reader sees it. A consistent snapshot says how far in the binlog it
 * reaches; it is taken over a connection of its own, again and again, until it is behind the batch. A stop of the source ends the wait.
 */
final class MariaDbVisibility implements Visibility, AutoCloseable {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);
    private static final Duration REPORT_AFTER = Duration.ofSeconds(1);

    private final String source;
    private final Connection connection;
    private final SourceListener listener;
    private final SourceSession session;

    /** Connects at once: later the database that the address names may be gone. */
    MariaDbVisibility(String source, Database database, SourceListener listener, SourceSession session)
            throws SourceException {
        this.source = source;
        this.connection = database.connect();
        this.listener = listener;
        this.session = session;
    }

    @Override
    public void await(List<SourceRecord> batch) throws Exception {
        BinlogPosition last = last(batch);
        if (last == null) {
            return;
        }
        MariaDbBinlog binlog = new MariaDbBinlog(connection);
        // An event begins inside of its transaction, and a snapshot ends between two: behind its beginning is behind
        // its end.
        if (binlog.visible().compareTo(last) > 0) {
            return;
        }
        long startNanos = System.nanoTime();
        boolean isReported = false;
        Duration pause = FIRST_PAUSE;
        do {
            if (System.nanoTime() - startNanos > REPORT_AFTER.toNanos()) {
                if (!binlog.reaches(last)) {
                    break; // The binlog began anew: nobody will ever see a snapshot behind this place, and all is
                    // invalidated.
                }
                if (!isReported) {
                    isReported = true;
                    session.blocked("the transaction at " + last + " is in MariaDB's binlog, but readers do not see it"
                            + " yet: its COMMIT waits for a semi-synchronous replica. What it invalidates is published when"
                            + " readers see it");
                }
            }
            if (!session.pause(pause)) {
                throw new InterruptedException("stopped before the changes were visible");
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        } while (binlog.visible().compareTo(last) <= 0);
        listener.visibilityWaited(source, Duration.ofNanos(System.nanoTime() - startNanos));
        if (isReported) {
            session.blocked(null);
        }
    }

    private static @Nullable BinlogPosition last(List<SourceRecord> batch) {
        BinlogPosition last = null;
        for (SourceRecord record : batch) {
            if (!(record.value() instanceof Struct value) || value.schema().field("source") == null) {
                continue; // A heartbeat.
            }
            Struct origin = value.getStruct("source");
            if (origin == null || origin.getString("file") == null || SchemaChange.isSnapshot(origin)) {
                continue;
            }
            BinlogPosition position = new BinlogPosition(origin.getString("file"), origin.getInt64("pos"));
            last = last == null || position.compareTo(last) > 0 ? position : last;
        }
        return last;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
