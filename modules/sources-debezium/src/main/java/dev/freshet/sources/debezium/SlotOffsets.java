package dev.freshet.sources.debezium;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;

/**
 * Says where the replication slot stands when the engine asks where to go on. PostgreSQL itself keeps the offset, in the slot,
 * and moves it when the engine reports a batch as done; a second copy could only disagree with it.
 */
public final class SlotOffsets extends MemoryOffsetBackingStore {

    /** The property that holds the slot's position. */
    static final String LSN_PROPERTY = "freshet.slot.lsn";

    private String lsn = "0";

    /** Made by the engine, by name. */
    public SlotOffsets() {}

    @Override
    public void configure(WorkerConfig config) {
        super.configure(config);
        lsn = String.valueOf(config.originals().get(LSN_PROPERTY));
    }

    @Override
    public Future<Map<ByteBuffer, ByteBuffer>> get(Collection<ByteBuffer> keys) {
        byte[] offset = ("{\"lsn\":" + lsn + ",\"ts_usec\":0}").getBytes(StandardCharsets.UTF_8);
        Map<ByteBuffer, ByteBuffer> offsets = new HashMap<>();
        keys.forEach(key -> offsets.put(key, ByteBuffer.wrap(offset)));
        return CompletableFuture.completedFuture(offsets);
    }

    @Override
    public Set<Map<String, Object>> connectorPartitions(String connectorName) {
        return Set.of();
    }
}
