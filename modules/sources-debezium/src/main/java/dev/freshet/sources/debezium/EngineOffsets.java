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

/** Tells the engine where to go on, and hears how far it has come. The engine makes it by name, and finds its keeper by a number. */
public final class EngineOffsets extends MemoryOffsetBackingStore {

    /** The property that names the keeper. */
    static final String KEEPER_PROPERTY = "freshet.offsets";

    private static final Map<String, Keeper> KEEPERS = new ConcurrentHashMap<>();

    private @Nullable Keeper keeper;

    /** Made by the engine, by name. */
    public EngineOffsets() {}

    /** Where an offset is kept. */
    interface Keeper {

        /** The offset to go on from, as the connector writes it. */
        String offset();

        /** Keeps an offset: everything before it is acknowledged. Called by one thread at a time. */
        void keep(String offset);
    }

    /** Makes a keeper known for as long as an engine runs. */
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
            throw new IllegalStateException("there is no keeper of this engine's offsets");
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
