package dev.freshet.sources.debezium;

import dev.freshet.sources.SourceFactory;
import dev.freshet.testkit.MariaDbServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** A real MariaDB that writes rows to its binlog. */
final class MariaDbUnderTest extends TestedDatabase {

    @SuppressWarnings("NullAway.Init") // before all tests
    private MariaDbServer server;

    @Override
    void start() {
        server = MariaDbServer.start();
    }

    @Override
    void stop() {
        if (server != null) { // Null where the machine has no MariaDB.
            server.close();
        }
    }

    @Override
    void createTables() throws SQLException {
        server.execute(
                "DROP DATABASE shop",
                "CREATE DATABASE shop",
                "USE shop",
                "CREATE TABLE products (id bigint PRIMARY KEY, category_id int NOT NULL, price numeric(10,2))",
                "CREATE TABLE categories (id int PRIMARY KEY, name text)",
                "CREATE TABLE audit (line text)");
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
        return server.uri();
    }

    @Override
    SourceFactory factory() {
        return new MariaDbFactory();
    }

    @Override
    String schema() {
        return "shop";
    }

    @Override
    Duration resolution() {
        return Duration.ofSeconds(1);
    }

    Connection connect() throws SQLException {
        return server.connect();
    }
}
