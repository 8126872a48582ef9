package dev.freshet.sources.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.RedisConfig;
import dev.freshet.schema.Selector;
import dev.freshet.sources.SourceFactory;
import dev.freshet.sources.SourceRunner;
import dev.freshet.testkit.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The write-ahead log of a real PostgreSQL. */
final class PostgresSourceTest extends LogSourceTest {

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
    void createTables() throws SQLException {
        server.resume();
        server.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots",
                "DROP PUBLICATION IF EXISTS freshet_shop",
                "DROP SCHEMA public CASCADE",
                "CREATE SCHEMA public",
                "CREATE TABLE products (id bigint PRIMARY KEY, category_id int NOT NULL, price numeric(10,2))",
                "ALTER TABLE products REPLICA IDENTITY FULL",
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
        return new PostgresFactory();
    }

    @Override
    String schema() {
        return "public";
    }

    @Override
    RedisConfig redis() {
        return RedisConfig.of("redis://127.0.0.1:1"); // The slot keeps the offset.
    }

    @Override
    Duration resolution() {
        return Duration.ZERO;
    }

    @Test
    void aSlotThatIsGoneIsMadeAnewAndItsRegionsAreReset() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
        }
        server.execute("SELECT pg_drop_replication_slot('freshet_shop')", "INSERT INTO products VALUES (4, 7, 1)");
        int former = publisher.published().size();
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            assertThat(publisher.published().get(former).change().selectors()).containsExactly(Selector.all());
            server.execute("INSERT INTO products VALUES (5, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:5"));
        }
    }

    @Test
    void aTableWithoutAKeySaysWhatToDo() throws SQLException {
        server.execute("DROP TABLE products", "CREATE TABLE products (id bigint, category_id int)");
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> String.valueOf(runner.fault())
                    .contains("ALTER TABLE public.products REPLICA IDENTITY FULL"));
        }
    }
}
