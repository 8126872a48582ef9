package dev.freshet.sources.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.TimeSource;
import dev.freshet.sources.ChangeReader;
import dev.freshet.sources.Database;
import dev.freshet.sources.DatabaseClock;
import dev.freshet.sources.RecordingPublisher;
import dev.freshet.sources.SourceListener;
import dev.freshet.sources.SourceRunner;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Tests what an outbox promises on any database. Subclasses name the database. */
abstract class OutboxTest {

    static final Duration LONG = Duration.ofSeconds(60);

    /** Parses texts like {@code product:1}. The real reader has its own tests. */
    static final ChangeReader READER = text -> text.startsWith("bad")
            ? new ChangeReader.Invalid("is \"" + text + "\"")
            : new ChangeReader.Valid("products", Change.ofKeys(text));

    final RecordingPublisher publisher = new RecordingPublisher();

    abstract String uri();

    static String definition(String database) throws IOException {
        try (InputStream sql = Objects.requireNonNull(
                OutboxSource.class.getResourceAsStream("/dev/freshet/sources/outbox-" + database + ".sql"))) {
            return new String(sql.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aCommittedRowIsPublishedAndThenGone() throws SQLException {
        Instant before = Instant.now();
        try (SourceRunner runner = start()) {
            insert("product:1");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:1"));
            await().atMost(LONG).until(() -> count("1 = 1") == 0);
            awaitWorks(runner);
        }
        Change change = publisher.published().get(0).change();
        assertThat(change.changedAt())
                .isBetween(before.minusSeconds(20), Instant.now().plusSeconds(20));
        assertThat(change.forced()).isTrue();
    }

    @Test
    void whatARolledBackTransactionWroteIsNotPublished() throws SQLException {
        try (SourceRunner runner = start();
                Connection connection = connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("INSERT INTO freshet_outbox (invalidation) VALUES ('product:rolled-back')");
            connection.rollback();
            insert("product:after");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:after"));
            assertThat(runner.name()).isEqualTo("test");
        }
        assertThat(publisher.keys()).containsExactly("product:after");
    }

    @Test
    void aRowThatDoesNotParseIsPutAsideAndTheRestFlows() throws SQLException {
        insert("product:1");
        insert("bad row");
        insert("product:2");
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> publisher.keys().contains("product:2"));
            await().atMost(LONG).until(() -> count("failure IS NULL") == 0);
            awaitWorks(runner);
        }
        assertThat(publisher.keys()).containsExactly("product:1", "product:2");
        assertThat(count("failure = 'is \"bad row\"' AND failed_at IS NOT NULL"))
                .isOne();
    }

    @Test
    void whatWasNotAcknowledgedStaysAndGoesLater() throws SQLException {
        publisher.setAway(true);
        insert("product:1");
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> "Redis is away".equals(runner.fault()));
            assertThat(count("failure IS NULL")).isOne();
            publisher.setAway(false);
            await().atMost(LONG).until(() -> publisher.keys().contains("product:1"));
            awaitWorks(runner);
        }
    }

    @Test
    void aMissingTableIsSaidAndWaitedFor() throws SQLException {
        execute("ALTER TABLE freshet_outbox RENAME TO elsewhere");
        try (SourceRunner runner = start()) {
            await().atMost(LONG)
                    .until(() -> String.valueOf(runner.fault()).contains("freshet_outbox that this user may see"));
            execute("ALTER TABLE elsewhere RENAME TO freshet_outbox");
            insert("product:1");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:1"));
        }
    }

    /** What the publisher has may be known a moment before the source is said to work. */
    static void awaitWorks(SourceRunner runner) {
        await().atMost(LONG).until(() -> runner.fault() == null);
    }

    SourceRunner start() {
        return start(publisher);
    }

    SourceRunner start(RecordingPublisher to) {
        OutboxConfig config =
                new OutboxConfig("test", new Database(uri(), "", ""), "freshet_outbox", Duration.ofMillis(20), 10);
        SourceRunner runner = new SourceRunner(
                "test",
                new OutboxSource(config, to, READER, SourceListener.NONE, new DatabaseClock(TimeSource.SYSTEM)),
                SourceListener.NONE);
        runner.start();
        return runner;
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(uri());
    }

    void insert(String invalidation) throws SQLException {
        execute("INSERT INTO freshet_outbox (invalidation) VALUES ('" + invalidation + "')");
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    long count(String where) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT count(*) FROM freshet_outbox WHERE " + where)) {
            result.next();
            return result.getLong(1);
        }
    }
}
