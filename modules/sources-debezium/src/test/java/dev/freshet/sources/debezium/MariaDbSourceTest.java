package dev.freshet.sources.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.RedisConfig;
import dev.freshet.schema.Selector;
import dev.freshet.sources.RecordingPublisher;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.SourceRunner;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the source that reads the binlog, on a real MariaDB. */
final class MariaDbSourceTest extends LogSourceTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @RegisterExtension
    static final MariaDbUnderTest database = new MariaDbUnderTest();

    @Override
    TestedDatabase database() {
        return database;
    }

    @Override
    RedisConfig redis() {
        return RedisConfig.of(redis.uri());
    }

    @Test
    void whatWasReadByAnOldDefinitionIsStillReadByIt() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            execute("INSERT INTO products VALUES (1, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:1"));
        }
        // With the later column order, the key of the row would be 70.
        execute(
                "INSERT INTO products VALUES (2, 70, 1)",
                "ALTER TABLE products DROP PRIMARY KEY, MODIFY id bigint AFTER category_id",
                "INSERT INTO products VALUES (71, 3, 1)");
        int former = publisher.published().size();
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> publisher.keys().contains("product:3"));
            awaitReads(runner);
        }
        assertThat(selectors()
                        .subList(
                                former == 0 ? 0 : selectors().indexOf(Selector.keys("product:2")),
                                selectors().size()))
                .containsExactly(
                        Selector.keys("product:2"),
                        Selector.tags("category:70"),
                        Selector.keys("product:3"),
                        Selector.tags("category:71"));
    }

    @Test
    void whatTheServerHasPurgedResetsTheRegions() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            execute("INSERT INTO products VALUES (1, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:1"));
        }
        execute("INSERT INTO products VALUES (2, 7, 1)", "FLUSH BINARY LOGS");
        // The server keeps a file as long as it believes that a reader needs it.
        await().atMost(LONG).until(() -> {
            execute("PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY");
            return binlogs() == 1;
        });
        int former = publisher.published().size();
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> publisher.published().size() > former);
            assertThat(publisher.published().get(former).change().selectors()).containsExactly(Selector.all());
            execute("INSERT INTO products VALUES (3, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:3"));
            awaitReads(runner);
        }
    }

    private static int binlogs() throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet files = statement.executeQuery("SHOW BINARY LOGS")) {
            int count = 0;
            while (files.next()) {
                count++;
            }
            return count;
        }
    }

    @Test
    void aBinlogThatBeginsAnewUnderTheReaderResetsTheRegions() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            execute("INSERT INTO products VALUES (1, 7, 1)", "INSERT INTO products VALUES (2, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:2"));
            int former = publisher.published().size();
            execute("RESET MASTER");
            await().atMost(LONG).until(() -> {
                execute("INSERT INTO products VALUES (3, 7, 1) ON DUPLICATE KEY UPDATE price = price + 1");
                return selectors().lastIndexOf(Selector.all()) > 0;
            });
            assertThat(publisher.published().size()).isGreaterThan(former);
            awaitReads(runner);
            execute("INSERT INTO products VALUES (4, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:4"));
        }
    }

    @Test
    void aSecondPublisherWaitsAndTakesOver() throws SQLException {
        RecordingPublisher other = new RecordingPublisher();
        SourceRunner first = start();
        await().atMost(LONG).until(() -> publisher.published().size() == 1);
        awaitReads(first);
        try (SourceRunner second = start(other)) {
            await().atMost(LONG)
                    .until(() -> String.valueOf(second.fault()).contains("another publisher reads the binlog"));
            first.close();
            execute("INSERT INTO products VALUES (1, 7, 1)");
            await().atMost(LONG).until(() -> other.keys().contains("product:1"));
        }
        assertThat(other.published()).noneMatch(one -> one.change().selectors().contains(Selector.all()));
    }

    @Test
    void aFormThatTellsNoRowsIsNamed() throws SQLException {
        execute("SET GLOBAL binlog_format = 'MIXED'", "SET GLOBAL binlog_row_image = 'MINIMAL'");
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> String.valueOf(runner.fault())
                    .contains("the server's binlog_format is MIXED; it must be ROW"));
            assertThat(runner.fault()).contains("the server's binlog_row_image is MINIMAL; it must be FULL");
            execute("SET GLOBAL binlog_format = 'ROW'", "SET GLOBAL binlog_row_image = 'FULL'");
            awaitReads(runner);
        } finally {
            execute("SET GLOBAL binlog_format = 'ROW'", "SET GLOBAL binlog_row_image = 'FULL'");
        }
    }

    @Test
    void aServerThatNoLongerLogsWholeRowsInvalidatesAllNowAndWhenItLogsThemAgain() throws SQLException {
        checkInterval = Duration.ofMillis(200);
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            await().atMost(LONG).until(() -> publisher.published().size() == 1);
            execute("SET GLOBAL binlog_format = 'MIXED'");
            await().atMost(LONG).until(() -> String.valueOf(runner.fault()).contains("binlog_format is MIXED"));
            await().atMost(LONG).until(() -> publisher.published().size() == 2);
            execute("SET GLOBAL binlog_format = 'ROW'");
            awaitReads(runner);
            assertThat(selectors()).containsExactly(Selector.all(), Selector.all(), Selector.all());
        } finally {
            execute("SET GLOBAL binlog_format = 'ROW'");
        }
    }

    @Test
    void aTableWithoutAKeyIsReadLikeAnyOther() throws SQLException {
        execute("DROP TABLE products", "CREATE TABLE products (id bigint, category_id int)");
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            await().atMost(LONG).until(() -> publisher.published().size() == 1);
            execute(
                    "INSERT INTO products VALUES (15, 7)",
                    "UPDATE products SET category_id = 8",
                    "DELETE FROM products");
            await().atMost(LONG).until(() -> selectors().size() >= 7);
            assertThat(selectors().subList(1, 7))
                    .containsExactly(
                            Selector.keys("product:15"),
                            Selector.tags("category:7"),
                            Selector.keys("product:15"),
                            Selector.tags("category:7", "category:8"),
                            Selector.keys("product:15"),
                            Selector.tags("category:8"));
        }
    }

    @Test
    void anEmptiedTableInvalidatesAll() throws SQLException {
        execute("INSERT INTO products VALUES (1, 7, 1)");
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            await().atMost(LONG).until(() -> publisher.published().size() == 1);
            execute("TRUNCATE TABLE products");
            await().atMost(LONG).until(() -> publisher.published().size() > 1);
            assertThat(publisher.published().get(1).change().selectors()).containsExactly(Selector.all());
        }
    }

    /** Makes each COMMIT wait, after the binlog has it, for a replica that there is not. */
    private void awaitReplicas(boolean isOn) throws SQLException {
        execute(
                "SET GLOBAL rpl_semi_sync_master_wait_point = AFTER_SYNC",
                "SET GLOBAL rpl_semi_sync_master_timeout = 600000",
                "SET GLOBAL rpl_semi_sync_master_enabled = " + (isOn ? "ON" : "OFF"));
    }

    @Test
    void whatReadersDoNotSeeYetIsPublishedOnceTheySeeIt() throws Exception {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            CompletableFuture<Void> commit;
            awaitReplicas(true);
            try {
                commit = inBackground("INSERT INTO products VALUES (40, 7, 1)");
                await().atMost(LONG).until(() -> String.valueOf(runner.fault()).contains("readers do not see it yet"));
                assertThat(countOfProducts()).isZero();
                assertThat(publisher.keys()).doesNotContain("product:40");
            } finally {
                awaitReplicas(false);
            }
            await().atMost(LONG).until(() -> publisher.keys().contains("product:40"));
            commit.get();
            awaitReads(runner);
        }
    }

    @Test
    void everythingIsInvalidatedWhenReadersSeeWhatTheBinlogHas() throws Exception {
        CompletableFuture<Void> commit;
        awaitReplicas(true);
        try {
            long end = binlogEnd();
            commit = inBackground("INSERT INTO products VALUES (41, 7, 1)");
            await().atMost(LONG).until(() -> binlogEnd() > end);
            try (SourceRunner runner = start()) {
                await().atMost(LONG).until(() -> String.valueOf(runner.fault()).contains("readers do not see it yet"));
                assertThat(publisher.published()).isEmpty();
                awaitReplicas(false);
                awaitReads(runner);
                assertThat(selectors()).containsExactly(Selector.all());
            }
        } finally {
            awaitReplicas(false);
        }
        commit.get();
    }

    private static long binlogEnd() throws SQLException {
        return number("SHOW MASTER STATUS", 2);
    }

    private static long countOfProducts() throws SQLException {
        return number("SELECT count(*) FROM products", 1);
    }

    private static long number(String question, int column) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet answer = statement.executeQuery(question)) {
            answer.next();
            return answer.getLong(column);
        }
    }

    private static CompletableFuture<Void> inBackground(String... statements) {
        return Background.run(() -> database.execute(statements));
    }

    @ParameterizedTest
    @ValueSource(strings = {"MINIMAL", "NOBLOB"})
    void aClientThatLogsOnlySomeColumnsInvalidatesAllAndTheSourceGoesOn(String image) throws SQLException {
        execute("ALTER TABLE products ADD COLUMN description text", "INSERT INTO products VALUES (1, 7, 1, 'one')");
        Broadened broadened = new Broadened();
        try (SourceRunner runner = start(publisher, rules(), broadened)) {
            awaitReads(runner);
            await().atMost(LONG).until(() -> publisher.published().size() == 1);
            execute("SET SESSION binlog_row_image = '" + image + "'", "UPDATE products SET category_id = 8");
            await().atMost(LONG).until(() -> selectors().lastIndexOf(Selector.all()) > 0);
            assertThat(broadened.count).hasPositiveValue();
            awaitReads(runner);
            execute("INSERT INTO products VALUES (2, 7, 1, 'two')");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:2"));
            awaitReads(runner);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE products TRUNCATE PARTITION old",
                "ALTER TABLE products DROP PARTITION old",
                "ALTER TABLE products EXCHANGE PARTITION old WITH TABLE archive",
                "ALTER TABLE products CONVERT PARTITION old TO TABLE moved",
                "RENAME TABLE products TO former, archive TO products",
                "DROP TABLE products",
                "DROP DATABASE shop"
            })
    void aStatementThatMakesRowsVanishInvalidatesAll(String statement) throws SQLException {
        String columns = " (id bigint PRIMARY KEY, category_id int NOT NULL, price numeric(10,2))";
        execute(
                "DROP TABLE products",
                "CREATE TABLE archive" + columns,
                "CREATE TABLE products" + columns
                        + " PARTITION BY RANGE (id) (PARTITION old VALUES LESS THAN (10), PARTITION new VALUES LESS THAN MAXVALUE)",
                "INSERT INTO products VALUES (1, 7, 1), (20, 7, 1)");
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            await().atMost(LONG).until(() -> publisher.published().size() == 1);
            execute(statement);
            await().atMost(LONG).until(() -> publisher.published().size() > 1);
            assertThat(selectors()).containsOnly(Selector.all());
        } finally {
            try (Connection connection =
                            DriverManager.getConnection(database.uri().replace("/shop?", "/?"));
                    Statement create = connection.createStatement()) {
                create.execute("CREATE DATABASE IF NOT EXISTS shop");
            }
        }
    }

    /** Tables made in one second are one to the server's statistics. */
    private void passTheSecondInWhichTheTablesWereMade() {
        await().atMost(LONG)
                .until(() -> number(
                                "SELECT max(create_time) < now() FROM information_schema.tables WHERE table_schema = 'shop'",
                                1)
                        == 1);
    }

    private static final String OTHER_COLUMNS =
            " (category_id int NOT NULL, id bigint PRIMARY KEY, price numeric(10,2))";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE OR REPLACE TABLE products" + OTHER_COLUMNS,
                "CREATE /*M! OR REPLACE */ TABLE `shop`.`products`" + OTHER_COLUMNS,
                "CREATE OR REPLACE TABLE products" + OTHER_COLUMNS + " SELECT 7 AS category_id, 9 AS id, 1 AS price"
            })
    void aTableThatIsReplacedWhileTheSourceReadsInvalidatesAllAndIsReadByItsNewColumns(String statement)
            throws SQLException {
        checkInterval = Duration.ofMillis(200);
        passTheSecondInWhichTheTablesWereMade();
        execute("INSERT INTO products VALUES (1, 7, 1)");
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            await().atMost(LONG).until(() -> publisher.published().size() == 1);
            execute(statement);
            await().atMost(LONG).until(() -> selectors().lastIndexOf(Selector.all()) > 0);
            await().atMost(LONG).ignoreExceptions().until(() -> {
                execute("INSERT INTO products VALUES (70, 2, 1) ON DUPLICATE KEY UPDATE category_id = category_id + 1");
                return publisher.keys().contains("product:2");
            });
            awaitReads(runner);
        }
    }

    @Test
    void aTableThatWasReplacedWhileThePublisherWasAwayInvalidatesAll() throws SQLException {
        passTheSecondInWhichTheTablesWereMade();
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            execute("INSERT INTO products VALUES (1, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:1"));
        }
        int former = publisher.published().size();
        execute("CREATE OR REPLACE TABLE products" + OTHER_COLUMNS);
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> publisher.published().size() > former);
            assertThat(selectors().subList(selectors().size() - 1, selectors().size()))
                    .containsExactly(Selector.all());
            awaitReads(runner);
            execute("INSERT INTO products VALUES (70, 2, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:2"));
        }
    }

    /** Counts the looks at the log's end; tables are checked after each. */
    private static final class Looks implements SourceListener {
        final AtomicInteger looks = new AtomicInteger();

        @Override
        public void lag(String source, long bytes, Duration behind) {
            looks.incrementAndGet();
        }
    }

    @Test
    void aTableThatIsAlteredIsReadOnWithoutAnInvalidationOfAll() throws SQLException {
        checkInterval = Duration.ofMillis(200);
        passTheSecondInWhichTheTablesWereMade();
        Looks listener = new Looks();
        try (SourceRunner runner = start(publisher, rules(), listener)) {
            awaitReads(runner);
            await().atMost(LONG).until(() -> publisher.published().size() == 1);
            execute("ALTER TABLE products ADD COLUMN name text", "CREATE OR REPLACE TABLE categories_copy (id int)");
            // The check after the next one began after the statement.
            int looks = listener.looks.get();
            await().atMost(LONG).until(() -> listener.looks.get() >= looks + 3);
            execute("INSERT INTO products VALUES (3, 7, 1, 'three')");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:3"));
            assertThat(selectors()).containsOnlyOnce(Selector.all());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            DROP TABLE `shop`.`products`                         ; true
            truncate products                                    ; true
            /* a comment */ CREATE OR REPLACE TABLE t (id int)   ; true
            SET STATEMENT max_statement_time=1 FOR DROP TABLE t  ; true
            ALTER IGNORE TABLE t ADD UNIQUE (id)                 ; true
            ALTER TABLE t DISCARD TABLESPACE                     ; true
            ALTER TABLE t RENAME TO u                            ; true
            ALTER TABLE t RENAME COLUMN a TO b                   ; false
            ALTER TABLE t ADD COLUMN dropped int                 ; false
            """)
    void whichStatementsMoveRows(String statement, boolean movesRows) {
        assertThat(SchemaChange.movesRows(statement.replaceAll("/\\*.*?\\*/", " ")))
                .isEqualTo(movesRows);
    }
}
