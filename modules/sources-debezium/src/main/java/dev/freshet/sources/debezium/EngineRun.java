package dev.freshet.sources.debezium;

import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.SourceSession;
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.debezium.engine.spi.OffsetCommitPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs Debezium's engine once. The engine hands over a batch of changed rows, this class publishes all of them, and the offset
 * moves on only after every row was acknowledged. So at most one batch is in flight.
 */
final class EngineRun {

    private static final Logger log = LoggerFactory.getLogger(EngineRun.class);
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(200);

    private final String name;
    private final String id = UUID.randomUUID().toString();
    private final RowPublisher publisher;
    private final EngineOffsets.Keeper offsets;
    private final Visibility visibility;
    private final SourceSession session;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final AtomicReference<@Nullable String> end = new AtomicReference<>();

    EngineRun(
            String name,
            RowPublisher publisher,
            EngineOffsets.Keeper offsets,
            Visibility visibility,
            SourceSession session) {
        this.name = name;
        this.publisher = publisher;
        this.offsets = offsets;
        this.visibility = visibility;
        this.session = session;
    }

    /** A check that runs repeatedly while the engine runs. */
    interface Check {

        /**
         * Checks once.
         *
         * @param count the number of checks before this one
         * @throws Exception if the engine must stop
         */
        void look(int count) throws Exception;
    }

    /** A condition that must hold before the source works. */
    interface Gate {

        /** Returns whether nothing that happened before this run can be missing any more. */
        boolean isOpen();

        /** Returns once rows may be published. */
        void await() throws InterruptedException;
    }

    /** Returns the properties that do not depend on the database. */
    static Properties properties(SourceConfig config) {
        Properties properties = new Properties();
        properties.putAll(Map.ofEntries(
                Map.entry("name", "freshet-" + config.name()),
                Map.entry("topic.prefix", config.name()),
                Map.entry("tombstones.on.delete", "false"),
                Map.entry("skipped.operations", "none"),
                Map.entry("max.batch.size", Integer.toString(config.batch())),
                Map.entry("max.queue.size", Integer.toString(config.batch() * 2)),
                Map.entry("max.queue.size.in.bytes", Integer.toString(32 << 20)),
                // Both the log reader and the batch consumer wait this long. The engine's default is 500 ms.
                Map.entry("poll.interval.ms", "1"),
                // Moves the offset even if only other tables change, so that the server can delete its log.
                Map.entry("heartbeat.interval.ms", "10000"),
                Map.entry("errors.max.retries", "0"),
                Map.entry("offset.flush.interval.ms", "0")));
        return properties;
    }

    /**
     * Runs until the session stops.
     *
     * @param properties the connector's properties
     * @param formerRows what the database reports of former rows
     * @param gate passed before each batch; the code that opens a closed gate also reports that the source works
     * @param check called about five times a second, in this thread
     * @throws SourceException if the engine ends by itself, with its reason
     */
    void run(Properties properties, FormerRows formerRows, Gate gate, Check check) throws Exception {
        Properties all = new Properties();
        all.putAll(properties);
        all.setProperty("offset.storage", EngineOffsets.class.getName());
        all.setProperty(EngineOffsets.KEEPER_PROPERTY, id);
        EngineOffsets.register(id, offsets);
        DebeziumEngine<RecordChangeEvent<SourceRecord>> engine = DebeziumEngine.create(
                        ChangeEventFormat.of(Connect.class))
                .using(all)
                .using(OffsetCommitPolicy.always())
                .using(new DebeziumEngine.ConnectorCallback() {
                    @Override
                    public void pollingStarted() {
                        if (gate.isOpen()) {
                            session.working();
                        }
                    }
                })
                .using((success, message, error) -> ended(success, message, error))
                .notifying(new DebeziumEngine.ChangeConsumer<>() {
                    @Override
                    public void handleBatch(
                            List<RecordChangeEvent<SourceRecord>> records,
                            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
                            throws InterruptedException {
                        List<ChangedRow> rows = rows(records, formerRows);
                        if (rows.isEmpty() && !gate.isOpen()) {
                            // The definitions that the engine reads at its start: waiting would keep it from the rest.
                            return;
                        }
                        gate.await();
                        awaitVisible(records);
                        publisher.publish(rows, session);
                        for (RecordChangeEvent<SourceRecord> record : records) {
                            committer.markProcessed(record);
                        }
                        committer.markBatchFinished();
                    }
                })
                .build();
        Thread thread = new Thread(engine, "freshet-engine-" + name);
        thread.setDaemon(true);
        thread.start();
        try {
            for (int checks = 0; thread.isAlive() && session.pause(CHECK_INTERVAL); checks++) {
                check.look(checks);
            }
        } finally {
            close(engine, thread);
            EngineOffsets.unregister(id);
        }
        if (!session.isStopping()) {
            throw new SourceException(
                    Objects.requireNonNullElse(end.get(), "the engine ended by itself"), failure.get());
        }
    }

    private void awaitVisible(List<RecordChangeEvent<SourceRecord>> records) throws InterruptedException {
        try {
            visibility.await(records.stream().map(RecordChangeEvent::record).toList());
        } catch (InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("the database does not say what its readers see: " + e.getMessage(), e);
        }
    }

    private List<ChangedRow> rows(List<RecordChangeEvent<SourceRecord>> records, FormerRows formerRows) {
        List<ChangedRow> rows = new ArrayList<>(records.size());
        for (RecordChangeEvent<SourceRecord> record : records) {
            ChangedRow row = ChangedRow.of(record.record(), formerRows);
            if (row != null) {
                rows.add(row);
            } else {
                rows.addAll(SchemaChange.of(record.record(), publisher.tables()));
            }
        }
        return rows;
    }

    private void ended(boolean isSuccess, @Nullable String message, @Nullable Throwable error) {
        failure.set(error);
        Throwable root = error;
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        end.set(
                isSuccess && error == null
                        ? "the engine ended by itself"
                        : "cannot read the database's log: " + (root == null ? message : root.getMessage()));
    }

    private static void close(DebeziumEngine<?> engine, Thread thread) throws InterruptedException {
        try {
            engine.close();
        } catch (IOException | IllegalStateException e) {
            log.debug("the engine was closed before", e);
        }
        thread.join(Duration.ofSeconds(10).toMillis());
    }
}
