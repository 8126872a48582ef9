package dev.freshet.sources.debezium;

import io.debezium.config.Configuration;
import io.debezium.document.DocumentReader;
import io.debezium.document.DocumentWriter;
import io.debezium.relational.history.AbstractSchemaHistory;
import io.debezium.relational.history.HistoryRecord;
import io.debezium.relational.history.HistoryRecordComparator;
import io.debezium.relational.history.SchemaHistoryException;
import io.debezium.relational.history.SchemaHistoryListener;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gives the engine the table definitions of the last run and stores new ones. The engine creates it by its class name. */
public final class BinlogDefinitions extends AbstractSchemaHistory {

    /** The property that names the memory of an engine. */
    static final String MEMORY_PROPERTY = "schema.history.internal.freshet.memory";

    private static final Map<String, BinlogMemory> MEMORIES = new ConcurrentHashMap<>();

    private @Nullable BinlogMemory memory;

    /** Called by the engine, by reflection. */
    public BinlogDefinitions() {}

    /** Registers a memory for the time that an engine runs. */
    static void register(String name, BinlogMemory memory) {
        MEMORIES.put(name, memory);
    }

    static void unregister(String name) {
        MEMORIES.remove(name);
    }

    @Override
    public void configure(
            Configuration config,
            HistoryRecordComparator comparator,
            SchemaHistoryListener listener,
            boolean useCatalogBeforeSchema) {
        super.configure(config, comparator, listener, useCatalogBeforeSchema);
        memory = MEMORIES.get(String.valueOf(config.getString(MEMORY_PROPERTY)));
    }

    private BinlogMemory memory() {
        if (memory == null) {
            throw new IllegalStateException("no table definitions are registered for this engine");
        }
        return memory;
    }

    @Override
    protected void storeRecord(HistoryRecord record) {
        try {
            memory().define(DocumentWriter.defaultWriter().write(record.document()));
        } catch (IOException | RuntimeException e) {
            throw new SchemaHistoryException("cannot store a table's definition: " + e.getMessage(), e);
        }
    }

    @Override
    protected void recoverRecords(Consumer<HistoryRecord> records) {
        for (String definition : memory().definitions()) {
            try {
                records.accept(new HistoryRecord(DocumentReader.defaultReader().read(definition)));
            } catch (IOException e) {
                throw new SchemaHistoryException("cannot parse a stored table definition", e);
            }
        }
    }

    @Override
    public boolean exists() {
        return !memory().definitions().isEmpty();
    }

    @Override
    public boolean storageExists() {
        return true;
    }
}
