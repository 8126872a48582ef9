package dev.freshet.sources.debezium;

import static org.awaitility.Awaitility.await;

import dev.freshet.sources.SourceFactory;
import dev.freshet.testkit.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** A real PostgreSQL, whose tables report former rows whole. */
final class PostgresUnderTest extends TestedDatabase {

    @SuppressWarnings("NullAway.Init") // before all tests
    private PostgresServer server;

    private String user = "";

    @Override
    void start() {
        server = PostgresServer.start();
    }

    @Override
    void stop() {
        server.close();
    }

    @Override
    void createTables() throws SQLException {
        user = "";
        dropSlots();
        server.execute(
                "DROP PUBLICATION IF EXISTS freshet_shop",
                "DROP SCHEMA public CASCADE",
                "CREATE SCHEMA public",
                "CREATE TABLE products (id bigint PRIMARY KEY, category_id int NOT NULL, price numeric(10,2))",
                "ALTER TABLE products REPLICA IDENTITY FULL",
                "CREATE TABLE categories (id int PRIMARY KEY, name text)",
                "CREATE TABLE audit (line text)");
    }

    /** The server needs a moment to notice that a slot's reader has disconnected; until then it refuses to drop the slot. */
    void dropSlots() {
        await().atMost(LogSource.LONG).ignoreExceptions().until(() -> {
            server.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
            return true;
        });
    }

    @Override
    void execute(String... statements) throws SQLException {
        server.execute(statements);
    }

    @Override
    void kill() {
        server.kill();
    }

    @Override
    void resume() {
        server.resume();
    }

    @Override
    String uri() {
        return user.isEmpty() ? server.uri() : server.uri().replace("user=freshet", "user=" + user);
    }

    @Override
    SourceFactory factory() {
        return new PostgresFactory();
    }

    @Override
    String schema() {
        return "public";
    }

    @Override
    Duration resolution() {
        return Duration.ZERO;
    }

    Connection connect() throws SQLException {
        return server.connect();
    }

    String text(String sql) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return String.valueOf(result.getString(1));
        }
    }

    /** Makes a role that may only read, as which sources connect until the test ends. */
    void createReader() throws SQLException {
        execute(
                "DROP ROLE IF EXISTS reader",
                "CREATE ROLE reader LOGIN REPLICATION",
                "GRANT USAGE ON SCHEMA public TO reader",
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
        user = "reader";
    }
}
