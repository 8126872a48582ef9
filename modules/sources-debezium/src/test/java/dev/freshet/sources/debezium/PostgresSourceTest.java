package dev.freshet.sources.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.schema.Selector;
import dev.freshet.sources.ChangeReader;
import dev.freshet.sources.Database;
import dev.freshet.sources.DatabaseClock;
import dev.freshet.sources.RecordingPublisher;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.SourceRunner;
import dev.freshet.sources.rules.Rule;
import dev.freshet.sources.rules.RuleSet;
import dev.freshet.sources.rules.TableName;
import dev.freshet.sources.rules.Template;
import dev.freshet.testkit.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The write-ahead log of a real PostgreSQL, with statements as any tool sends them. */
final class PostgresSourceTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    @SuppressWarnings("NullAway.Init")
    private static PostgresServer server;

    private final RecordingPublisher publisher = new RecordingPublisher();

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

    @Test
    void whatAnyToolWritesIsInvalidatedByBothImages() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            assertThat(selectors()).contains(Selector.all()); // the slot is new
            Instant before = Instant.now();
            server.execute(
                    "INSERT INTO products VALUES (1, 7, 10.50)",
                    "UPDATE products SET category_id = 8 WHERE id = 1",
                    "DELETE FROM products WHERE id = 1",
                    "INSERT INTO audit VALUES ('unmapped')",
                    "INSERT INTO categories VALUES (7, 'seven')");
            await().atMost(LONG).until(() -> selectors().size() >= 8);

            assertThat(selectors().subList(1, 8))
                    .containsExactly(
                            Selector.keys("product:1"),
                            Selector.tags("category:7"),
                            Selector.keys("product:1"),
                            Selector.tags("category:7", "category:8"),
                            Selector.keys("product:1"),
                            Selector.tags("category:8"),
                            Selector.tags("category:7"));
            Change last =
                    publisher.published().get(publisher.published().size() - 1).change();
            assertThat(last.changedAt())
                    .isBetween(before.minusSeconds(1), Instant.now().plusSeconds(1));
            assertThat(last.forced()).isTrue();
        }
    }

    @Test
    void aRestartNeitherLosesNorResets() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            server.execute("INSERT INTO products VALUES (1, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:1"));
        }
        server.execute("INSERT INTO products VALUES (2, 7, 1)");
        int former = publisher.published().size();
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> publisher.keys().contains("product:2"));
            assertThat(runner.fault()).isNull();
        }
        assertThat(publisher.published().subList(former, publisher.published().size()))
                .noneMatch(one -> one.change().selectors().contains(Selector.all()));
    }

    @Test
    void whatIsNotAcknowledgedIsReadAgainAfterARestart() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            publisher.setAway(true);
            server.execute("INSERT INTO products VALUES (3, 7, 1)");
            await().atMost(LONG).until(() -> "Redis is away".equals(runner.fault()));
        }
        publisher.setAway(false);
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> publisher.keys().contains("product:3"));
            assertThat(runner.name()).isEqualTo("shop");
        }
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
    void aRuleThatNamesAMissingColumnIsNamedAndTheSourceGoesOnOnceItIsThere() throws SQLException {
        server.execute("ALTER TABLE products DROP COLUMN category_id");
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> String.valueOf(runner.fault())
                    .contains("rule products: table public.products has no column category_id, which"
                            + " category:{category_id} names; it has id, price"));
            server.execute("ALTER TABLE products ADD COLUMN category_id int");
            awaitReads(runner);
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

    @Test
    void aSchemaChangeWhileRunningInvalidatesAllRatherThanTooLittle() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            int former = publisher.published().size();
            server.execute(
                    "ALTER TABLE products RENAME COLUMN category_id TO category",
                    "INSERT INTO products VALUES (6, 7, 1)");
            await().atMost(LONG).until(() -> publisher.published().size() > former);
            assertThat(publisher.published().get(former).change().selectors()).containsExactly(Selector.all());
        }
    }

    @Test
    void aDatabaseThatGoesAwayComesBack() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            server.kill();
            await().atMost(LONG).until(() -> runner.fault() != null);
            server.resume();
            server.execute("INSERT INTO products VALUES (7, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:7"));
        }
    }

    private List<Selector> selectors() {
        return publisher.published().stream()
                .flatMap(one -> one.change().selectors().stream())
                .toList();
    }

    private static void awaitReads(SourceRunner runner) {
        await().atMost(LONG).until(() -> runner.fault() == null);
    }

    private SourceRunner start() {
        RuleSet rules = new RuleSet(List.of(
                new Rule(
                        "products",
                        new TableName("public", "products"),
                        "products",
                        List.of(Template.parse("product:{id}")),
                        List.of(Template.parse("category:{category_id}")),
                        List.of(),
                        false),
                new Rule(
                        "categories",
                        new TableName("public", "categories"),
                        "products",
                        List.of(),
                        List.of(Template.parse("category:{id}")),
                        List.of(),
                        false)));
        SourceConfig config = new SourceConfig(
                "shop",
                SourceConfig.Kind.POSTGRESQL,
                new Database(server.uri(), "", ""),
                "",
                Duration.ofSeconds(1),
                100,
                "freshet_shop",
                "freshet_shop",
                rules,
                null);
        ChangeReader noOutbox = text -> new ChangeReader.Invalid("there is no outbox");
        SourceContext context = new SourceContext(
                publisher,
                noOutbox,
                SourceListener.NONE,
                RedisConfig.of("redis://127.0.0.1:1"),
                new DatabaseClock(TimeSource.SYSTEM));
        SourceRunner runner =
                new SourceRunner("shop", new PostgresFactory().create(config, context), SourceListener.NONE);
        runner.start();
        return runner;
    }
}
