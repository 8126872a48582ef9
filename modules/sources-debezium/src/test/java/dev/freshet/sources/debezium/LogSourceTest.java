package dev.freshet.sources.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.schema.Selector;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.SourceRunner;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Tests what reading a database's own log promises on any database, with statements as any tool sends them. */
abstract class LogSourceTest extends LogSource {

    @Test
    void whatAnyToolWritesIsInvalidatedByBothImages() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            await().atMost(LONG).until(() -> selectors().contains(Selector.all())); // The first run has no offset.
            Instant before = Instant.now();
            execute(
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
                    .isBetween(
                            before.minus(database().resolution()).minusSeconds(20),
                            Instant.now().plusSeconds(20));
            assertThat(last.forced()).isTrue();
        }
    }

    @Test
    void aRestartNeitherLosesNorResets() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            execute("INSERT INTO products VALUES (1, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:1"));
        }
        execute("INSERT INTO products VALUES (2, 7, 1)");
        int former = publisher.published().size();
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> publisher.keys().contains("product:2"));
            awaitReads(runner);
        }
        assertThat(publisher.published().subList(former, publisher.published().size()))
                .noneMatch(one -> one.change().selectors().contains(Selector.all()));
    }

    @Test
    void whatIsNotAcknowledgedIsReadAgainAfterARestart() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            publisher.setAway(true);
            execute("INSERT INTO products VALUES (3, 7, 1)");
            await().atMost(LONG).until(() -> "Redis is away".equals(runner.fault()));
        }
        publisher.setAway(false);
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> publisher.keys().contains("product:3"));
            assertThat(runner.name()).isEqualTo("shop");
        }
    }

    @Test
    void aRuleThatNamesAMissingColumnIsNamedAndTheSourceGoesOnOnceItIsThere() throws SQLException {
        execute("ALTER TABLE products DROP COLUMN category_id");
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> String.valueOf(runner.fault())
                    .contains("rule products: table " + schema() + ".products has no column category_id, which"
                            + " category:{category_id} uses; it has id, price"));
            execute("ALTER TABLE products ADD COLUMN category_id int");
            awaitReads(runner);
        }
    }

    @Test
    void aSchemaChangeWhileRunningInvalidatesAllRatherThanTooLittle() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            int former = publisher.published().size();
            execute(
                    "ALTER TABLE products RENAME COLUMN category_id TO category",
                    "INSERT INTO products VALUES (6, 7, 1)");
            await().atMost(LONG).until(() -> publisher.published().size() > former);
            assertThat(publisher.published().get(former).change().selectors()).containsExactly(Selector.all());
        }
    }

    @Test
    void columnsThatNoRuleNamesMayComeAndGo() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            await().atMost(LONG).until(() -> publisher.published().size() == 1);
            execute(
                    "ALTER TABLE products ADD COLUMN stock int",
                    "INSERT INTO products (id, category_id, price, stock) VALUES (8, 7, 1, 3)",
                    "ALTER TABLE products DROP COLUMN price",
                    "INSERT INTO products (id, category_id, stock) VALUES (9, 7, 3)",
                    "ALTER TABLE products DROP COLUMN category_id",
                    "INSERT INTO products (id, stock) VALUES (10, 3)");
            await().atMost(LONG).until(() -> selectors().size() >= 6);
            assertThat(selectors().subList(1, 6))
                    .containsExactly(
                            Selector.keys("product:8"),
                            Selector.tags("category:7"),
                            Selector.keys("product:9"),
                            Selector.tags("category:7"),
                            Selector.all());
        }
    }

    @Test
    void aDatabaseThatIsAwayAtStartIsWaitedFor() throws SQLException {
        database().kill();
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> String.valueOf(runner.fault()).contains("cannot connect to the database"));
            database().resume();
            awaitReads(runner);
            execute("INSERT INTO products VALUES (11, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:11"));
        }
    }

    @Test
    void aDatabaseThatGoesAwayComesBack() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            database().kill();
            await().atMost(LONG).until(() -> runner.fault() != null);
            database().resume();
            execute("INSERT INTO products VALUES (7, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:7"));
        }
    }

    @Test
    void theLagIsMeasuredAndGoesAwayAlsoWhileOnlyOtherTablesChange() throws SQLException {
        checkInterval = Duration.ofMillis(200);
        AtomicLong behindMillis = new AtomicLong();
        AtomicInteger progressed = new AtomicInteger();
        SourceListener listener = new SourceListener() {
            @Override
            public void lag(String source, long bytes, Duration lag) {
                behindMillis.set(lag.toMillis());
            }

            @Override
            public void progressed(String source) {
                progressed.incrementAndGet();
            }
        };
        try (SourceRunner runner = start(publisher, rules(), listener)) {
            awaitReads(runner);
            publisher.setStalling(true);
            execute("INSERT INTO products VALUES (50, 7, 1)");
            await().atMost(LONG).until(() -> behindMillis.get() > 1_000);
            publisher.setStalling(false);
            await().atMost(LONG).until(() -> behindMillis.get() == 0);
            int former = progressed.get();
            execute("INSERT INTO audit VALUES ('elsewhere')");
            await().atMost(LONG).until(() -> progressed.get() > former && behindMillis.get() == 0);
        }
    }
}
