package dev.freshet.benchmarks.source;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The simplest way to read the log: a loop that reads {@code pg_logical_slot_get_changes} with {@code test_decoding}, finds the keys, publishes
 * them and sleeps.
 */
final class PolledSlot implements Way {

    private static final Pattern CHANGE = Pattern.compile("table public\\.(\\w+): UPDATE: k\\[text]:'([^']*)'.*");

    private final String uri;
    private final Rows rows;
    private final Publisher publisher;
    private final Duration interval;
    private volatile boolean polling;
    private @Nullable Thread thread;

    PolledSlot(String uri, Rows rows, Publisher publisher, Duration interval) throws SQLException {
        this.uri = uri;
        this.rows = rows;
        this.publisher = publisher;
        this.interval = interval;
        try (Connection connection = DriverManager.getConnection(uri);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_create_logical_replication_slot('" + rows.region() + "', 'test_decoding')");
        }
    }

    @Override
    public String title() {
        return "`pg_logical_slot_get_changes` every " + interval.toMillis() + " ms";
    }

    @Override
    public Rows rows() {
        return rows;
    }

    @Override
    public void begin() throws SQLException {
        Connection connection = DriverManager.getConnection(uri);
        poll(connection, false); // Skips what other ways wrote since the last turn.
        polling = true;
        Thread started = new Thread(() -> loop(connection), "poll-" + rows.region());
        started.setDaemon(true);
        started.start();
        thread = started;
    }

    private void loop(Connection connection) {
        try (connection) {
            while (polling) {
                poll(connection, true);
                LockSupport.parkNanos(interval.toNanos());
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void poll(Connection connection, boolean isPublishing) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                        "SELECT data FROM pg_logical_slot_get_changes('" + rows.region() + "', NULL, NULL)");
                ResultSet changes = statement.executeQuery()) {
            while (changes.next()) {
                Matcher change = CHANGE.matcher(changes.getString(1));
                if (isPublishing && change.matches() && change.group(1).equals(rows.region())) {
                    // If the call fails, the key is never evicted, and the run fails.
                    CompletableFuture<Receipt> unused =
                            publisher.publish(rows.region(), Change.ofKeys(change.group(2)));
                }
            }
        }
    }

    @Override
    public void end() {
        polling = false;
        try {
            if (thread != null) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
