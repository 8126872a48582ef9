package dev.freshet.benchmarks.source;

import java.sql.Connection;
import java.sql.SQLException;

/** A way to publish a committed change. */
interface Way extends AutoCloseable {

    /** Returns the name in the table. */
    String title();

    /** Returns the rows that it is measured with. */
    Rows rows();

    /** Does the writer's part in the open transaction. */
    default void write(Connection connection, int index) throws SQLException {
        rows().change(connection, index);
    }

    /** Does the writer's part after the commit. */
    default void afterCommit(int index) {}

    /** Starts its turn. */
    default void begin() throws SQLException {}

    /** Ends its turn. */
    default void end() {}

    @Override
    default void close() {}
}
