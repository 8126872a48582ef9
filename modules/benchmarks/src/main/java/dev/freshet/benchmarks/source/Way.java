package dev.freshet.benchmarks.source;

import java.sql.Connection;
import java.sql.SQLException;

/** A way from a committed change to an invalidation. */
interface Way extends AutoCloseable {

    /** How tables call it. */
    String title();

    /** What it is measured with. */
    Rows rows();

    /** Does what the way asks of a writer, in the transaction that is open. */
    default void write(Connection connection, int index) throws SQLException {
        rows().change(connection, index);
    }

    /** Does what the way asks of a writer once it has committed. */
    default void afterCommit(int index) {}

    /** Its turn begins. */
    default void begin() throws SQLException {}

    /** Its turn ends. */
    default void end() {}

    @Override
    default void close() {}
}
