package dev.freshet.sources.debezium;

import dev.freshet.bus.Change;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.UnavailableException;
import dev.freshet.schema.Selector;
import dev.freshet.sources.Source;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.SourceSession;
import dev.freshet.sources.rules.Invalidated;
import dev.freshet.sources.rules.TableName;
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.debezium.engine.spi.OffsetCommitPolicy;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what committed transactions of PostgreSQL invalidate. The engine hands over a batch of changed rows, all are
 * published, and only when all are acknowledged may the slot move on: one batch is what is under way at most.
 *
 * <p>Where changes may be missing (a slot that is new, gone or invalidated, new rules), all of the source's regions are
 * invalidated after the slot exists, so that nothing lies between.
 */
final class PostgresSource implements Source {

    private static final Logger log = LoggerFactory.getLogger(PostgresSource.class);
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(200);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(250);
    private static final int CHECKS_PER_CLOCK_SAMPLE = 25;
    private static final int MAX_UNMAPPED_NAMED = 1_000;
    private static final String CLOCK_QUESTION =
            "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)";

    private final SourceConfig config;
    private final SourceContext context;
    private final Set<TableName> unmappedNamed = new HashSet<>();

    PostgresSource(SourceConfig config, SourceContext context) {
        this.config = config;
        this.context = context;
    }

    /** A change on its way. */
    private record Sent(String region, Change change, CompletableFuture<Receipt> receipt) {}

    @Override
    public void run(SourceSession session) throws Exception {
        try (Connection connection = config.database().connect()) {
            PostgresSlot slot = new PostgresSlot(connection, config);
            Set<TableName> fullTables = slot.check();
            slot.unmapped().forEach(this::nameUnmapped);
            String missing = slot.prepare();
            context.clock().measure(connection, CLOCK_QUESTION);
            if (missing != null) {
                slot.complete(false);
                invalidateAll(missing, session);
                slot.complete(true);
            }
            runEngine(connection, slot.position(), fullTables, session);
        } catch (SQLException e) {
            throw new SourceException("the database failed: " + e.getMessage(), e);
        }
    }

    private void invalidateAll(String why, SourceSession session) throws InterruptedException {
        log.warn(
                "source {}: {}; all of {} is invalidated",
                config.name(),
                why,
                config.rules().regions());
        List<Sent> sent = new ArrayList<>();
        for (String region : config.rules().regions()) {
            sent.add(publish(region, List.of(Selector.all()), null));
            context.listener().regionReset(config.name(), region);
        }
        awaitAll(sent, session);
    }

    private void runEngine(Connection connection, long position, Set<TableName> fullTables, SourceSession session)
            throws Exception {
        AtomicReference<@Nullable String> end = new AtomicReference<>();
        DebeziumEngine<RecordChangeEvent<SourceRecord>> engine = DebeziumEngine.create(
                        ChangeEventFormat.of(Connect.class))
                .using(properties(position))
                .using(OffsetCommitPolicy.always())
                .using(new DebeziumEngine.ConnectorCallback() {
                    @Override
                    public void pollingStarted() {
                        session.working();
                    }
                })
                .using((success, message, error) ->
                        end.set(success && error == null ? "the engine ended" : reason(message, error)))
                .notifying(new DebeziumEngine.ChangeConsumer<>() {
                    @Override
                    public void handleBatch(
                            List<RecordChangeEvent<SourceRecord>> records,
                            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
                            throws InterruptedException {
                        List<Sent> sent = new ArrayList<>();
                        for (RecordChangeEvent<SourceRecord> record : records) {
                            publish(ChangedRow.of(record.record(), fullTables), sent);
                        }
                        awaitAll(sent, session);
                        for (RecordChangeEvent<SourceRecord> record : records) {
                            committer.markProcessed(record);
                        }
                        committer.markBatchFinished();
                    }
                })
                .build();
        Thread thread = new Thread(engine, "freshet-engine-" + config.name());
        thread.setDaemon(true);
        thread.start();
        try {
            for (int checks = 1; thread.isAlive() && session.pause(CHECK_INTERVAL); checks++) {
                if (checks % CHECKS_PER_CLOCK_SAMPLE == 0) {
                    context.clock().measure(connection, CLOCK_QUESTION);
                }
            }
        } finally {
            close(engine, thread);
        }
        if (!session.isStopping()) {
            throw new SourceException(Objects.requireNonNullElse(end.get(), "the engine ended"));
        }
    }

    private static void close(DebeziumEngine<?> engine, Thread thread) throws InterruptedException {
        try {
            engine.close();
        } catch (IOException | IllegalStateException e) {
            log.debug("the engine was closed already", e);
        }
        thread.join(Duration.ofSeconds(10).toMillis());
    }

    private static String reason(@Nullable String message, @Nullable Throwable error) {
        Throwable root = error;
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        return "reading the log failed: " + (root == null ? message : root.getMessage());
    }

    private void publish(@Nullable ChangedRow row, List<Sent> sent) {
        if (row == null) {
            return;
        }
        if (!config.rules().isMapped(row.table())) {
            nameUnmapped(row.table());
            return;
        }
        List<Invalidated> all = row.isTruncate()
                ? config.rules().evaluateTruncate(row.table())
                : config.rules().evaluate(row.table(), row.before(), row.after());
        Instant changedAt = row.committedMicros() == 0 ? null : context.clock().toHost(row.committedMicros());
        for (Invalidated invalidated : all) {
            if (invalidated.broadenedWhy() != null) {
                context.listener().broadened(config.name(), invalidated.region());
                log.warn(
                        "source {}: all of region {} is invalidated: {}",
                        config.name(),
                        invalidated.region(),
                        invalidated.broadenedWhy());
            }
            sent.add(publish(invalidated.region(), invalidated.selectors(), changedAt));
        }
    }

    private Sent publish(String region, List<Selector> selectors, @Nullable Instant changedAt) {
        Change change = new Change(selectors, changedAt, OptionalLong.empty(), false, true);
        return new Sent(region, change, context.publisher().publish(region, change));
    }

    /** Waits for every acknowledgement, and publishes again what got none, until a stop. */
    private void awaitAll(List<Sent> sent, SourceSession session) throws InterruptedException {
        List<Sent> waiting = sent;
        while (!waiting.isEmpty()) {
            List<Sent> refused = new ArrayList<>();
            String why = null;
            for (Sent one : waiting) {
                try {
                    one.receipt().get();
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof UnavailableException)) {
                        throw new IllegalStateException("a change could not be published", e.getCause());
                    }
                    why = String.valueOf(e.getCause().getMessage());
                    refused.add(one);
                }
            }
            session.blocked(why);
            context.listener().published(config.name(), waiting.size() - refused.size());
            if (!refused.isEmpty()) {
                context.listener().retried(config.name(), refused.size());
                if (!session.pause(RETRY_PAUSE)) {
                    throw new InterruptedException("stopped before all was acknowledged");
                }
            }
            waiting = refused.stream()
                    .map(one -> new Sent(
                            one.region(), one.change(), context.publisher().publish(one.region(), one.change())))
                    .toList();
        }
    }

    private void nameUnmapped(TableName table) {
        context.listener().unmapped(config.name(), table);
        if (unmappedNamed.size() < MAX_UNMAPPED_NAMED && unmappedNamed.add(table)) {
            log.warn("source {}: no rule is about table {}; its changes invalidate nothing", config.name(), table);
        }
    }

    private Properties properties(long position) throws SourceException {
        Properties address = Driver.parseURL(config.database().uri(), null);
        if (address == null) {
            throw new SourceException("the address is not one of PostgreSQL");
        }
        Properties properties = new Properties();
        properties.putAll(Map.ofEntries(
                Map.entry("name", "freshet-" + config.name()),
                Map.entry("connector.class", "io.debezium.connector.postgresql.PostgresConnector"),
                Map.entry("topic.prefix", config.name()),
                Map.entry("offset.storage", SlotOffsets.class.getName()),
                Map.entry(SlotOffsets.LSN_PROPERTY, Long.toString(position)),
                Map.entry("offset.flush.interval.ms", "0"),
                Map.entry("plugin.name", "pgoutput"),
                Map.entry("slot.name", config.slot()),
                Map.entry("publication.name", config.publication()),
                Map.entry("publication.autocreate.mode", "disabled"),
                Map.entry("snapshot.mode", "no_data"),
                Map.entry("tombstones.on.delete", "false"),
                Map.entry("skipped.operations", "none"),
                Map.entry("max.batch.size", Integer.toString(config.batch())),
                Map.entry("max.queue.size", Integer.toString(config.batch() * 2)),
                Map.entry("max.queue.size.in.bytes", Integer.toString(32 << 20)),
                Map.entry("poll.interval.ms", "10"),
                // The slot moves on also where only other tables change, so that the server need not keep their log.
                Map.entry("heartbeat.interval.ms", "10000"),
                Map.entry("errors.max.retries", "0")));
        properties.setProperty("database.hostname", address.getProperty("PGHOST"));
        properties.setProperty("database.port", address.getProperty("PGPORT"));
        properties.setProperty("database.dbname", address.getProperty("PGDBNAME"));
        boolean hasUser = !config.database().user().isEmpty();
        properties.setProperty("database.user", hasUser ? config.database().user() : address.getProperty("user", ""));
        boolean hasPassword = !config.database().password().isEmpty();
        properties.setProperty(
                "database.password", hasPassword ? config.database().password() : address.getProperty("password", ""));
        if (address.getProperty("sslmode") != null) {
            properties.setProperty("database.sslmode", address.getProperty("sslmode"));
        }
        return properties;
    }
}
