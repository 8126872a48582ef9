package dev.freshet.sources.outbox;

import dev.freshet.testkit.PostgresServer;
import java.io.IOException;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

final class PostgresOutboxTest extends ServerOutboxTest {

    @SuppressWarnings("NullAway.Init")
    private static PostgresServer server;

    @BeforeAll
    static void startServer() {
        server = PostgresServer.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void createTable() throws SQLException, IOException {
        server.resume();
        server.execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public", definition("postgresql"));
    }

    @Override
    String uri() {
        return server.uri();
    }

    @Override
    void kill() {
        server.kill();
    }

    @Override
    void resume() {
        server.resume();
    }
}
