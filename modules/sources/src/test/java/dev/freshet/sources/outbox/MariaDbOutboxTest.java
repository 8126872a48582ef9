package dev.freshet.sources.outbox;

import dev.freshet.testkit.MariaDbServer;
import java.io.IOException;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

final class MariaDbOutboxTest extends ServerOutboxTest {

    @SuppressWarnings("NullAway.Init")
    private static MariaDbServer server;

    @BeforeAll
    static void startServer() {
        server = MariaDbServer.start();
    }

    @AfterAll
    static void stopServer() {
        if (server != null) { // Null where the machine has no MariaDB.
            server.close();
        }
    }

    @BeforeEach
    void createTable() throws SQLException, IOException {
        server.resume();
        server.execute("DROP DATABASE shop", "CREATE DATABASE shop", "USE shop", definition("mariadb"));
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
