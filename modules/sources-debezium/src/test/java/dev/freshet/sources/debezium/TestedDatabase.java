package dev.freshet.sources.debezium;

import dev.freshet.sources.SourceFactory;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A server of a class of tests, and the source that reads its log. Before each test it runs and holds three empty tables. */
abstract class TestedDatabase implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {

    abstract void start();

    abstract void createTables() throws SQLException;

    abstract void stop();

    /** Runs statements, each in its own transaction. */
    abstract void execute(String... statements) throws SQLException;

    abstract void kill();

    abstract void resume();

    abstract String uri();

    abstract SourceFactory factory();

    /** Returns the schema of the tables. */
    abstract String schema();

    /** Returns how much earlier than its commit a change may appear. */
    abstract Duration resolution();

    @Override
    public final void beforeAll(ExtensionContext context) {
        start();
    }

    @Override
    public final void beforeEach(ExtensionContext context) throws SQLException {
        resume();
        createTables();
    }

    @Override
    public final void afterAll(ExtensionContext context) {
        stop();
    }
}
