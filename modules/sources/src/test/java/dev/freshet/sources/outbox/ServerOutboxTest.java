package dev.freshet.sources.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.sources.RecordingPublisher;
import dev.freshet.sources.SourceRunner;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests an outbox on a server that locks rows and may be unavailable. */
abstract class ServerOutboxTest extends OutboxTest {

    abstract void kill();

    abstract void resume();

    @Test
    void anIdThatCommitsLateIsNotSkipped() throws SQLException {
        try (SourceRunner runner = start();
                Connection slow = connect();
                Statement statement = slow.createStatement()) {
            slow.setAutoCommit(false);
            statement.execute("INSERT INTO freshet_outbox (invalidation) VALUES ('product:late')");
            insert("product:early");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:early"));
            slow.commit();
            await().atMost(LONG).until(() -> publisher.keys().contains("product:late"));
            awaitWorks(runner);
        }
    }

    @Test
    void severalPublishersShareTheRowsAndNeverTakeOneTwice() throws SQLException {
        RecordingPublisher second = new RecordingPublisher();
        try (SourceRunner one = start();
                SourceRunner two = start(second)) {
            for (int i = 0; i < 300; i++) {
                insert("product:" + i);
            }
            await().atMost(LONG).until(() -> count("1 = 1") == 0);
            awaitWorks(one);
            awaitWorks(two);
        }
        Set<String> all = new HashSet<>(publisher.keys());
        all.addAll(second.keys());
        assertThat(all).hasSize(300);
        assertThat(publisher.keys().size() + second.keys().size()).isEqualTo(300);
    }

    @Test
    void whoWritesNeverWaitsForThePublisher() throws SQLException {
        publisher.setStalling(true);
        insert("product:1");
        try (SourceRunner runner = start();
                Connection connection = connect();
                Statement statement = connection.createStatement()) {
            await().atMost(LONG).until(() -> publisher.stalled() == 1);
            statement.setQueryTimeout(60);
            statement.execute("INSERT INTO freshet_outbox (invalidation) VALUES ('product:2')");
            publisher.setStalling(false);
            await().atMost(LONG).until(() -> count("1 = 1") == 0);
            awaitWorks(runner);
        }
    }

    @Test
    void aDatabaseThatIsAwayComesBack() throws SQLException {
        kill();
        try (SourceRunner runner = start()) {
            await().atMost(LONG).until(() -> String.valueOf(runner.fault()).contains("cannot connect to the database"));
            resume();
            insert("product:1");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:1"));

            kill();
            await().atMost(LONG).until(() -> runner.fault() != null);
            resume();
            insert("product:2");
            await().atMost(LONG).until(() -> publisher.keys().contains("product:2"));
        }
    }
}
