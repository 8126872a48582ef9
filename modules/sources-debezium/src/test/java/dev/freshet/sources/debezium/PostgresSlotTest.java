package dev.freshet.sources.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.RedisConfig;
import dev.freshet.schema.Selector;
import dev.freshet.sources.SourceRunner;
import dev.freshet.testkit.RedisExtension;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The slot and the publication by which the source reads the write-ahead log of a real PostgreSQL. */
final class PostgresSlotTest extends LogSource {

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
    void aSlotThatIsGoneIsMadeAnewAndItsRegionsAreReset() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
        }
        database.dropSlots();
        database.execute("INSERT INTO products VALUES (4, 7, 1)");
        int former = publisher.published().size();
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            assertThat(publisher.published().get(former).change().selectors()).containsExactly(Selector.all());
            database.execute("INSERT INTO products VALUES (5, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:5"));
        }
    }

    @Test
    void theSlotMovesOnWithWhatIsAcknowledgedAndNoFurther() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            publisher.setStalling(true);
            execute("INSERT INTO products VALUES (1, 7, 1)");
            String inserted = database.text("SELECT pg_current_wal_lsn()::text");
            await().atMost(LONG).until(() -> publisher.stalled() > 0);
            assertThat(hasConfirmed(inserted)).isFalse();
            publisher.setStalling(false);
            await().atMost(LONG).until(() -> hasConfirmed(inserted));
        }
    }

    @Test
    void theSlotMovesOnWhileTheCapturedTablesAreIdle() throws SQLException {
        checkInterval = Duration.ofMillis(200);
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            execute("INSERT INTO audit SELECT 'elsewhere' FROM generate_series(1, 1000)");
            String inserted = database.text("SELECT pg_current_wal_lsn()::text");
            await().atMost(LONG).until(() -> hasConfirmed(inserted));
        }
    }

    @Test
    void aSlotThatIsDroppedUnderTheReaderIsMadeAnew() throws SQLException {
        checkInterval = Duration.ofMillis(200);
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            await().atMost(LONG).until(() -> publisher.published().size() == 1);
            await().atMost(LONG).ignoreExceptions().until(() -> {
                execute(
                        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active",
                        "SELECT pg_drop_replication_slot('freshet_shop')");
                return true;
            });
            await().atMost(LONG)
                    .until(() -> publisher.published().size() > 1
                            && publisher.published().get(1).change().selectors().equals(List.of(Selector.all())));
            await().atMost(LONG).until(() -> {
                execute(
                        "INSERT INTO products VALUES (12, 7, 1) ON CONFLICT (id) DO UPDATE SET price = products.price + 1");
                return publisher.keys().contains("product:12");
            });
        }
    }

    @Test
    void aSlotThatTheServerHasInvalidatedIsMadeAnew() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
        }
        int former = publisher.published().size();
        execute("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'", "SELECT pg_reload_conf()");
        try {
            await().atMost(LONG).until(() -> {
                execute("INSERT INTO audit VALUES ('fills a segment')", "SELECT pg_switch_wal()", "CHECKPOINT");
                return isSlotLost();
            });
            try (SourceRunner runner = start()) {
                await().atMost(LONG).until(() -> publisher.published().size() > former);
                assertThat(publisher.published().get(former).change().selectors())
                        .containsExactly(Selector.all());
                awaitReads(runner);
                execute("INSERT INTO products VALUES (13, 7, 1)");
                await().atMost(LONG).until(() -> publisher.keys().contains("product:13"));
            }
        } finally {
            execute("ALTER SYSTEM RESET max_slot_wal_keep_size", "SELECT pg_reload_conf()");
        }
    }

    @Test
    void aPublicationThatIsDroppedInvalidatesAllAndIsReadFurther() throws SQLException {
        assertInvalidatesAll("publication freshet_shop", "DROP PUBLICATION freshet_shop");
    }

    @Test
    void aPublicationThatIsMadeAgainByHandInvalidatesAllAndIsReadFurther() throws SQLException {
        assertInvalidatesAll(
                "publication freshet_shop",
                "DROP PUBLICATION freshet_shop; CREATE PUBLICATION freshet_shop FOR ALL TABLES");
    }

    @Test
    void aSlotThatWasDroppedAndMadeAgainByHandWhileNobodyReadResetsTheRegions() throws SQLException {
        try (SourceRunner runner = start()) {
            awaitReads(runner);
        }
        int former = publisher.published().size();
        await().atMost(LONG).ignoreExceptions().until(() -> {
            execute("SELECT pg_drop_replication_slot('freshet_shop')");
            return true;
        });
        execute(
                "INSERT INTO products VALUES (30, 7, 1)",
                "SELECT pg_create_logical_replication_slot('freshet_shop', 'pgoutput')");
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            assertThat(publisher.published().get(former).change().selectors()).containsExactly(Selector.all());
        }
    }

    @Test
    void aPublicationOfSomebodyElseIsReadAndNeverAltered() throws SQLException {
        database.createReader();
        execute("CREATE PUBLICATION freshet_shop FOR TABLE products, categories");
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            execute("INSERT INTO products VALUES (31, 7, 1)");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:31"));
            assertThat(database.text(
                            "SELECT coalesce(obj_description(oid, 'pg_publication'), 'none') FROM pg_publication"))
                    .isEqualTo("none");
        } finally {
            execute("DROP OWNED BY reader; DROP ROLE reader");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            FOR TABLE products                                          ; does not send table public.categories
            FOR ALL TABLES WITH (publish = 'insert, update')            ; sends only insert, update
            FOR TABLE products WHERE (id > 7), categories               ; leaves out rows of table public.products
            FOR TABLE products (id, price), categories                  ; leaves out column category_id
            """)
    void aPublicationThatDoesNotSendWhatARuleNeedsIsNamedAndTheSourceGoesOnOnceItDoes(String what, String fault)
            throws SQLException {
        execute("ALTER TABLE products REPLICA IDENTITY DEFAULT", "CREATE PUBLICATION freshet_shop " + what);
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> String.valueOf(runner.fault()).contains(fault));
            execute("DROP PUBLICATION freshet_shop", "CREATE PUBLICATION freshet_shop FOR ALL TABLES");
            awaitReads(runner);
        }
    }

    private static boolean hasConfirmed(String lsn) throws SQLException {
        return "t"
                .equals(database.text("SELECT (confirmed_flush_lsn >= '" + lsn
                        + "'::pg_lsn)::text::char(1) FROM pg_replication_slots WHERE slot_name = 'freshet_shop'"));
    }

    private static boolean isSlotLost() throws SQLException {
        return database.text("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'freshet_shop'")
                .equals("lost");
    }
}
