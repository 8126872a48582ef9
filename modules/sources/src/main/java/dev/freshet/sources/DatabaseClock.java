package dev.freshet.sources;

import dev.freshet.bus.TimeSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.OptionalLong;

/**
 * Estimates the offset between a database's clock and this host's clock from round trips. The database reads its clock
 * between question and answer, so the middle is off by at most half the round trip. Of the last samples the one with the
 * shortest round trip counts.
 *
 * <p>One thread measures. All other methods are safe to use from any thread.
 */
public final class DatabaseClock {

    private static final int WINDOW_SAMPLES = 16;

    private record Sample(long offsetMicros, long errorMicros) {}

    private final TimeSource time;
    private final ArrayDeque<Sample> window = new ArrayDeque<>();
    private volatile Sample best = new Sample(0, Long.MAX_VALUE);

    public DatabaseClock(TimeSource time) {
        this.time = time;
    }

    /**
     * Takes one sample.
     *
     * @param question a query that selects one value: the database's clock in microseconds since 1970
     */
    public void measure(Connection connection, String question) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            long sentNanos = time.nanoTime();
            try (ResultSet answer = statement.executeQuery(question)) {
                long receivedNanos = time.nanoTime();
                long receivedMicros = time.wallMicros();
                if (answer.next()) {
                    sample(answer.getLong(1), receivedMicros, (receivedNanos - sentNanos) / 1_000);
                }
            }
        }
    }

    void sample(long databaseMicros, long receivedMicros, long roundTripMicros) {
        Sample sample = new Sample(databaseMicros - (receivedMicros - roundTripMicros / 2), roundTripMicros / 2 + 1);
        // Two samples with disjoint ranges cannot both be right: someone set one of the clocks in between.
        if (best.errorMicros != Long.MAX_VALUE
                && Math.abs(best.offsetMicros - sample.offsetMicros) > best.errorMicros + sample.errorMicros) {
            window.clear();
        }
        window.addLast(sample);
        if (window.size() > WINDOW_SAMPLES) {
            window.removeFirst();
        }
        Sample smallest = sample;
        for (Sample other : window) {
            if (other.errorMicros < smallest.errorMicros) {
                smallest = other;
            }
        }
        best = smallest;
    }

    /** Converts a moment on the database's clock to this host's clock. Before the first sample the offset counts as 0. */
    public Instant toHost(long databaseMicros) {
        return Instant.EPOCH.plus(databaseMicros - best.offsetMicros, ChronoUnit.MICROS);
    }

    /** Returns how far the estimate may be off, in microseconds; empty before the first sample. */
    public OptionalLong errorMicros() {
        long error = best.errorMicros;
        return error == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(error);
    }
}
