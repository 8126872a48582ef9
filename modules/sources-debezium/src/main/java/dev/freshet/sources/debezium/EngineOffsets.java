package dev.freshet.sources.debezium;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;
import org.apache.kafka.connect.util.Callback;
import org.jspecify.annotations.Nullable;

/** Connects the engine to the keeper of its offset. The engine creates it by its class name and finds the keeper by a number. */
public final class EngineOffsets extends MemoryOffsetBackingStore {

    /** The property that names the keeper of an engine. */
    static final String KEEPER_PROPERTY = "freshet.offsets";

    private static final Map<String, Keeper> KEEPERS = new ConcurrentHashMap<>();

    private @Nullable Keeper keeper;

    /** Called by the engine, by reflection. */
    public EngineOffsets() {}

    /** Keeps the offset of an engine. */
    interface Keeper {

        /** Returns the offset to continue from, in the connector's format. */
        String offset();

        /** Keeps an offset: everything before it is acknowledged. Called by one thread at a time. */
        void keep(String offset);
    }

    /** Registers a keeper for the time that an engine runs. */
    static void register(String name, Keeper keeper) {
        KEEPERS.put(name, keeper);
    }

    static void unregister(String name) {
        KEEPERS.remove(name);
    }

    @Override
    public void configure(WorkerConfig config) {
        super.configure(config);
        keeper = KEEPERS.get(String.valueOf(config.originals().get(KEEPER_PROPERTY)));
    }

    private Keeper keeper() {
        if (keeper == null) {
            throw new IllegalStateException("no keeper is registered for the offsets of this engine");
        }
        return keeper;
    }

    @Override
    public Future<Map<ByteBuffer, ByteBuffer>> get(Collection<ByteBuffer> keys) {
        byte[] offset = keeper().offset().getBytes(StandardCharsets.UTF_8);
        Map<ByteBuffer, ByteBuffer> offsets = new HashMap<>();
        keys.forEach(key -> offsets.put(key, ByteBuffer.wrap(offset)));
        return CompletableFuture.completedFuture(offsets);
    }

    @Override
    public Future<Void> set(Map<ByteBuffer, ByteBuffer> values, @Nullable Callback<Void> callback) {
        CompletableFuture<Void> kept = new CompletableFuture<>();
        try {
            for (ByteBuffer value : values.values()) {
                if (value != null) {
                    keeper().keep(StandardCharsets.UTF_8
                            .decode(value.duplicate())
                            .toString());
                }
            }
            kept.complete(null);
        } catch (RuntimeException e) {
            kept.completeExceptionally(e);
        }
        if (callback != null) {
            callback.onCompletion(kept.isCompletedExceptionally() ? failure(kept) : null, null);
        }
        return kept;
    }

    private static Throwable failure(CompletableFuture<Void> failed) {
        return failed.handle((nothing, failure) -> failure).join();
    }

    @Override
    public Set<Map<String, Object>> connectorPartitions(String connectorName) {
        return Set.of();
    }
}
