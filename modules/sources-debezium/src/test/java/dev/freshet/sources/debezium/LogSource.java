package dev.freshet.sources.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
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
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;

/** A source that reads a database's own log, what it publishes, and the database. */
abstract class LogSource {

    static final Duration LONG = Duration.ofMinutes(2);

    final RecordingPublisher publisher = new RecordingPublisher();

    /** Long, so that only tests about the comparison with the server meet it. */
    Duration checkInterval = Duration.ofSeconds(30);

    abstract TestedDatabase database();

    void execute(String... statements) throws SQLException {
        database().execute(statements);
    }

    String schema() {
        return database().schema();
    }

    abstract RedisConfig redis();

    /** Rules of the table products, each of which has one template for tags. */
    RuleSet tags(String... templates) {
        List<Rule> rules = new ArrayList<>();
        for (String template : templates) {
            rules.add(new Rule(
                    "rule" + rules.size(),
                    new TableName(schema(), "products"),
                    "products",
                    List.of(),
                    List.of(Template.parse(template)),
                    List.of(),
                    false));
        }
        return new RuleSet(rules);
    }

    /** Counts what was broadened. */
    static final class Broadened implements SourceListener {
        final AtomicInteger count = new AtomicInteger();

        @Override
        public void broadened(String source, String region) {
            count.incrementAndGet();
        }
    }

    List<Selector> selectors() {
        return publisher.published().stream()
                .flatMap(one -> one.change().selectors().stream())
                .toList();
    }

    static void awaitReads(SourceRunner runner) {
        await().atMost(LONG).until(() -> runner.fault() == null);
    }

    SourceRunner start() {
        return start(publisher);
    }

    SourceRunner start(RecordingPublisher to) {
        return start(to, rules(), SourceListener.NONE);
    }

    RuleSet rules() {
        return new RuleSet(List.of(
                new Rule(
                        "products",
                        new TableName(schema(), "products"),
                        "products",
                        List.of(Template.parse("product:{id}")),
                        List.of(Template.parse("category:{category_id}")),
                        List.of(),
                        false),
                new Rule(
                        "categories",
                        new TableName(schema(), "categories"),
                        "products",
                        List.of(),
                        List.of(Template.parse("category:{id}")),
                        List.of(),
                        false)));
    }

    SourceRunner start(RecordingPublisher to, RuleSet rules, SourceListener listener) {
        SourceConfig config = new SourceConfig(
                "shop",
                database().factory().kind(),
                new Database(database().uri(), "", ""),
                "",
                Duration.ofSeconds(1),
                100,
                "freshet_shop",
                "freshet_shop",
                checkInterval,
                rules,
                null,
                null,
                null);
        ChangeReader noOutbox = text -> new ChangeReader.Invalid("there is no outbox");
        SourceContext context =
                new SourceContext(to, noOutbox, listener, redis(), new DatabaseClock(TimeSource.SYSTEM), origin -> to);
        SourceRunner runner = new SourceRunner("shop", database().factory().create(config, context), listener);
        runner.start();
        return runner;
    }

    /** Runs a statement under the reader; all must be invalidated for a reason that says what, and later changes be read. */
    void assertInvalidatesAll(String why, String statement) throws SQLException {
        checkInterval = Duration.ofMillis(200);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(RowPublisher.class);
        logger.addAppender(log);
        try (SourceRunner runner = start()) {
            awaitReads(runner);
            int former = selectors().size();
            int formerLines = log.list.size();
            execute(statement);
            await().atMost(LONG).until(() -> selectors().lastIndexOf(Selector.all()) >= former);
            // The check finds it, or the database ends the stream first and the next start finds it: the line names the
            // same object.
            assertThat(List.copyOf(log.list).subList(formerLines, log.list.size()))
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .anyMatch(line -> line.contains(why));
            await().atMost(LONG).until(() -> {
                execute("DELETE FROM products WHERE id = 150; INSERT INTO products VALUES (150, 7, 1)");
                return publisher.keys().contains("product:150");
            });
            awaitReads(runner);
        } finally {
            logger.detachAppender(log);
        }
    }
}
