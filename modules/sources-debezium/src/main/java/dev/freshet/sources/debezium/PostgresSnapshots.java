package dev.freshet.sources.debezium;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Asks PostgreSQL which transactions a reader sees that begins now.
 *
 * <p>A COMMIT reaches the write-ahead log before it reaches new snapshots: by a moment, or for as long as the COMMIT waits for a
 * synchronous standby.
 */
final class PostgresSnapshots {

    private PostgresSnapshots() {}

    /**
     * What a new reader sees. The numbers of transactions are those of {@code xid8}: they do not wrap around.
     *
     * @param oldestRunning every transaction before it has ended
     * @param next every transaction from here on is invisible
     * @param running the transactions in between that have not ended
     */
    record Snapshot(long oldestRunning, long next, Set<Long> running) {

        /** Parses what PostgreSQL writes, as in {@code 10:20:10,14,15}. */
        static Snapshot parse(String text) {
            String[] parts = text.split(":", 3);
            Set<Long> running = parts[2].isEmpty()
                    ? Set.of()
                    : Arrays.stream(parts[2].split(",")).map(Long::valueOf).collect(Collectors.toSet());
            return new Snapshot(Long.parseLong(parts[0]), Long.parseLong(parts[1]), running);
        }

        /**
         * Whether a reader sees what a committed transaction did.
         *
         * @param transaction the 32 bits of its number that the log holds; it is less than 2³¹ transactions away
         */
        boolean sees(long transaction) {
            long whole = next + (int) (transaction - next);
            return whole < next && !running.contains(whole);
        }

        /** Whether every transaction before a number has ended. */
        boolean isAfter(long transaction) {
            return oldestRunning >= transaction;
        }
    }

    /** Takes a new snapshot. The connection must be in autocommit mode. */
    static Snapshot current(Connection connection) throws SQLException {
        return Snapshot.parse(text(connection, "SELECT pg_current_snapshot()::text"));
    }

    /** Returns a number that is larger than that of any transaction that has written something by now. */
    static long horizon(Connection connection) throws SQLException {
        return Long.parseLong(text(connection, "SELECT pg_current_xact_id()::text"));
    }

    private static String text(Connection connection, String question) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet answer = statement.executeQuery(question)) {
            answer.next();
            return String.valueOf(answer.getString(1));
        }
    }
}
