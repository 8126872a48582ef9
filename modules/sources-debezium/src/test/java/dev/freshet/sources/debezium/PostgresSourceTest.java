package dev.freshet.sources.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.freshet.bus.RedisConfig;
import dev.freshet.schema.Selector;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.SourceRunner;
import dev.freshet.sources.rules.Rule;
import dev.freshet.sources.rules.RuleSet;
import dev.freshet.sources.rules.TableName;
import dev.freshet.sources.rules.Template;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What the source makes of rows, tables and transactions of a real PostgreSQL, read from its write-ahead log. */
final class PostgresSourceTest extends LogSourceTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @RegisterExtension
    static final PostgresUnderTest database = new PostgresUnderTest();

    @Override
    TestedDatabase database() {
        return database;
    }

    @Override
    RedisConfig redis() {
        return RedisConfig.of(redis.uri());
    }

    @Test
    void whereOnlyTheKeyOfAFormerRowIsReportedTheRegionIsInvalidatedAndTheLogSaysSo() throws SQLException {
        execute("ALTER TABLE products REPLICA IDENTITY DEFAULT", "INSERT INTO products VALUES (14, 7, 1)");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(PostgresSlot.class);
        logger.addAppender(log);
        Broadened broadened = new Broadened();
        try (SourceRunner runner = start(publisher, rules(), broadened)) {
            awaitReads(runner);
            await().atMost(LONG).until(() -> publisher.published().size() == 1);
            execute("UPDATE products SET category_id = 8 WHERE id = 14", "DELETE FROM products WHERE id = 14");
            await().atMost(LONG).until(() -> selectors().size() >= 3);
            assertThat(selectors()).containsOnly(Selector.all());
            assertThat(broadened.count).hasValue(2);
            assertThat(List.copyOf(log.list))
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .anyMatch(line -> line.contains("invalidates more than category:{category_id} names")
                            && line.contains("ALTER TABLE public.products REPLICA IDENTITY FULL"));
        } finally {
            logger.detachAppender(log);
        }
    }

    @Test
    void aValueThatIsStoredElsewhereAndDidNotChangeIsNotGuessed() throws SQLException {
        String label = "l".repeat(300);
        BigDecimal number = new BigDecimal("7".repeat(300));
        execute(
                "DROP TABLE products",
                "CREATE TABLE products (id int PRIMARY KEY, label text, number numeric, price int)",
                "ALTER TABLE products ALTER label SET STORAGE EXTERNAL, ALTER number SET STORAGE EXTERNAL",
                "ALTER TABLE products SET (toast_tuple_target = 128)",
                "ALTER TABLE products REPLICA IDENTITY FULL");
        Broadened broadened = new Broadened();
        try (SourceRunner runner = start(publisher, tags("label:{label}", "number:{number}"), broadened)) {
            awaitReads(runner);
            execute(
                    "INSERT INTO products VALUES (1, '" + label + "', " + number + ", 1)",
                    "UPDATE products SET price = 2",
                    "ALTER TABLE products REPLICA IDENTITY DEFAULT",
                    "UPDATE products SET price = 3");
            await().atMost(LONG).until(() -> selectors().size() >= 4);
            Selector exact = Selector.tags("label:" + label, "number:" + number);
            assertThat(selectors().subList(1, 4)).containsExactly(exact, exact, Selector.all());
            assertThat(broadened.count).hasValue(1);
        }
    }

    @Test
    void anotherKeyThanTheReplicaIdentityIsNotTakenForUnchanged() throws SQLException {
        execute(
                "ALTER TABLE products ADD COLUMN code text NOT NULL DEFAULT 'c'",
                "CREATE UNIQUE INDEX code ON products (code)",
                "ALTER TABLE products REPLICA IDENTITY USING INDEX code",
                "INSERT INTO products VALUES (1, 7, 1, 'one')");
        Broadened broadened = new Broadened();
        try (SourceRunner runner = start(publisher, tags("id:{id}", "code:{code}"), broadened)) {
            awaitReads(runner);
            execute("UPDATE products SET id = 2", "DELETE FROM products");
            await().atMost(LONG).until(() -> selectors().size() >= 3);
            assertThat(selectors()).containsOnly(Selector.all());
            assertThat(broadened.count).hasValue(2);
        }
    }

    @Test
    void aReplicaIdentityThatIsTakenBackForAMomentIsNoticedInTheRowsOfThatMoment() throws SQLException {
        execute("ALTER TABLE products ALTER category_id DROP NOT NULL");
        try (SourceRunner runner = start(publisher, tags("category:{category_id}"), new Broadened())) {
            awaitReads(runner);
            execute(
                    "INSERT INTO products VALUES (1, 7, 1), (2, 7, 1), (3, null, 1)",
                    "DELETE FROM products WHERE id = 1",
                    "BEGIN; ALTER TABLE products REPLICA IDENTITY DEFAULT; COMMIT;",
                    "DELETE FROM products WHERE id = 2",
                    "ALTER TABLE products REPLICA IDENTITY FULL",
                    "UPDATE products SET category_id = 9 WHERE id = 3");
            await().atMost(LONG).until(() -> selectors().contains(Selector.tags("category:9")));
            assertThat(selectors())
                    .containsExactly(
                            Selector.all(),
                            Selector.tags("category:7"),
                            Selector.tags("category:7"),
                            Selector.tags("category:7"),
                            Selector.all(),
                            Selector.tags("category:9"));
        }
    }

    @Test
    void aTableWithoutAKeySaysWhatToDo() throws SQLException {
        database.execute("DROP TABLE products", "CREATE TABLE products (id bigint, category_id int)");
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> String.valueOf(runner.fault())
                    .contains("ALTER TABLE public.products REPLICA IDENTITY FULL"));
        }
    }

    @Test
    void whatReadersDoNotSeeYetIsPublishedOnceTheySeeIt() throws Exception {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            execute("ALTER SYSTEM SET synchronous_standby_names = 'never_answers'", "SELECT pg_reload_conf()");
            CompletableFuture<Void> commit;
            try {
                commit = inBackground("INSERT INTO products VALUES (20, 7, 1)");
                await().atMost(LONG).until(() -> String.valueOf(runner.fault()).contains("readers do not see it yet"));
                assertThat(database.text("SELECT count(*) FROM products")).isEqualTo("0");
                assertThat(publisher.keys()).doesNotContain("product:20");
            } finally {
                execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
            }
            await().atMost(LONG).until(() -> publisher.keys().contains("product:20"));
            commit.get();
            awaitReads(runner);
        }
    }

    @Test
    void aSourceThatWaitsForReadersToSeeARowStopsAtOnce() throws Exception {
        CompletableFuture<Void> commit;
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            execute("ALTER SYSTEM SET synchronous_standby_names = 'never_answers'", "SELECT pg_reload_conf()");
            commit = inBackground("INSERT INTO products VALUES (21, 7, 1)");
            await().atMost(LONG).until(() -> String.valueOf(runner.fault()).contains("readers do not see it yet"));
        } finally {
            execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
        }
        commit.get();
        assertThat(publisher.keys()).doesNotContain("product:21");
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> publisher.keys().contains("product:21"));
            awaitReads(runner);
        }
    }

    @Test
    void everyRowIsVisibleWhenItsKeyIsPublishedWhileOthersWrite() throws Exception {
        AtomicInteger hidden = new AtomicInteger();
        try (Connection reader = database.connect();
                PreparedStatement price = reader.prepareStatement("SELECT price FROM products WHERE id = ?")) {
            publisher.onPublish(change -> {
                for (Selector selector : change.selectors()) {
                    if (selector instanceof Selector.Keys keys) {
                        keys.keys().forEach(key -> {
                            if (isAbsent(price, Long.parseLong(key.substring("product:".length())))) {
                                hidden.incrementAndGet();
                            }
                        });
                    }
                }
            });
            try (SourceRunner runner = start()) {
                awaitReads(runner);
                List<CompletableFuture<Void>> writers = new ArrayList<>();
                for (int writer = 0; writer < 8; writer++) {
                    String[] inserts = new String[100];
                    for (int i = 0; i < inserts.length; i++) {
                        inserts[i] = "INSERT INTO products VALUES (" + (1_000 * (writer + 1) + i) + ", 7, 1)";
                    }
                    writers.add(inBackground(inserts));
                }
                CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new))
                        .get();
                await().atMost(LONG).until(() -> publisher.keys().size() >= 800);
            }
        }
        assertThat(hidden).hasValue(0);
    }

    private static boolean isAbsent(PreparedStatement price, long id) {
        try {
            price.setLong(1, id);
            try (ResultSet found = price.executeQuery()) {
                return !found.next();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatATransactionDidThatWasOpenWhenEverythingWasInvalidatedIsInvalidatedWhenItEnds() throws Exception {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
        }
        int former = publisher.published().size();
        try (Connection open = database.connect();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("INSERT INTO audit VALUES ('open')");
            try (SourceRunner runner = start(publisher, otherRules(), SourceListener.NONE)) {
                await().atMost(LONG).until(() -> String.valueOf(runner.fault()).contains("when they have ended"));
                assertThat(publisher.published()).hasSize(former + 1);
                execute("INSERT INTO products VALUES (22, 7, 1)");
                await().atMost(LONG).until(() -> publisher.keys().contains("product:22"));
                int between = selectors().size();
                open.commit();
                awaitReads(runner);
                assertThat(selectors().subList(between, selectors().size())).containsExactly(Selector.all());
            }
        }
    }

    private void createPartitions() throws SQLException {
        execute(
                "DROP TABLE products",
                "CREATE TABLE products (id bigint, category_id int NOT NULL, price numeric(10,2), PRIMARY KEY (id))"
                        + " PARTITION BY RANGE (id)",
                "CREATE TABLE products_low PARTITION OF products FOR VALUES FROM (0) TO (100)",
                "CREATE TABLE products_high PARTITION OF products FOR VALUES FROM (100) TO (200)",
                "ALTER TABLE products_low REPLICA IDENTITY FULL",
                "ALTER TABLE products_high REPLICA IDENTITY FULL");
    }

    @Test
    void changesOfPartitionsComeUnderTheNameOfTheirRootAlsoAfterARestart() throws SQLException {
        createPartitions();
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            execute("INSERT INTO products VALUES (1, 7, 1)", "UPDATE products_low SET category_id = 8");
            await().atMost(LONG).until(() -> selectors().contains(Selector.tags("category:7", "category:8")));
        }
        int former = publisher.published().size();
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            execute("INSERT INTO products VALUES (101, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:101"));
            assertThat(publisher
                            .published()
                            .subList(former, publisher.published().size()))
                    .noneMatch(one -> one.change().selectors().contains(Selector.all()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DROP TABLE products_low",
                "ALTER TABLE products DETACH PARTITION products_low",
                "CREATE TABLE products_top PARTITION OF products FOR VALUES FROM (200) TO (300)"
            })
    void aPartitionThatComesOrGoesInvalidatesAll(String statement) throws SQLException {
        createPartitions();
        assertInvalidatesAll("table public.products is not what it was", statement);
    }

    @Test
    void aTableThatIsDroppedAndMadeAgainInvalidatesAllAndIsReadFurther() throws SQLException {
        assertInvalidatesAll(
                "table public.products",
                "DROP TABLE products; CREATE TABLE products (id bigint PRIMARY KEY, category_id int NOT NULL, price int)");
    }

    @Test
    void aTableThatTakesTheNameOfAnotherInvalidatesAllAndIsReadFurther() throws SQLException {
        execute("CREATE TABLE next (id bigint PRIMARY KEY, category_id int NOT NULL, price int)");
        assertInvalidatesAll(
                "table public.products", "ALTER TABLE products RENAME TO former; ALTER TABLE next RENAME TO products");
    }

    @Test
    void whatATransactionDidThatWasOpenWhenItsTableWasAddedIsInvalidatedWhenItEnds() throws SQLException {
        execute("CREATE TABLE prices (id bigint PRIMARY KEY)");
        try (SourceRunner runner = start()) {
            awaitReads(runner);
        }
        List<Rule> rules = new ArrayList<>(rules().rules());
        rules.add(new Rule(
                "prices",
                new TableName("public", "prices"),
                "products",
                List.of(Template.parse("price:{id}")),
                List.of(),
                List.of(),
                false));
        try (Connection open = database.connect();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("INSERT INTO prices VALUES (1)");
            try (SourceRunner runner = start(publisher, new RuleSet(rules), SourceListener.NONE)) {
                await().atMost(LONG).until(() -> String.valueOf(runner.fault()).contains("when they have ended"));
                int between = selectors().size();
                open.commit();
                awaitReads(runner);
                assertThat(publisher.keys()).doesNotContain("price:1");
                assertThat(selectors().subList(between, selectors().size())).containsExactly(Selector.all());
                execute("INSERT INTO prices VALUES (2)");
                await().atMost(LONG).until(() -> publisher.keys().contains("price:2"));
            }
        }
    }

    private RuleSet otherRules() {
        List<Rule> rules = new ArrayList<>(rules().rules());
        rules.addAll(tags("other:{id}").rules());
        return new RuleSet(rules);
    }

    private static CompletableFuture<Void> inBackground(String... statements) {
        return Background.run(() -> database.execute(statements));
    }
}
