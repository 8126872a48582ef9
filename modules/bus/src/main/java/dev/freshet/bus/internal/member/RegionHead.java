package dev.freshet.bus.internal.member;

import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol;

/** Reads the head of a region. */
public final class RegionHead {

    private RegionHead() {}

    /** Returns the position of the last record, or null if there is no readable head. Blocks for one round trip. */
    public static @Nullable Position read(RedisConnection connection, RedisNames names) {
        List<?> head = connection.list(2, Protocol.Command.HMGET, names.head(), "epoch", "seq");
        String epoch = RedisConnection.asText(head.get(0));
        String sequence = RedisConnection.asText(head.get(1));
        try {
            return epoch == null || sequence == null ? null : Position.parse(epoch + "-" + sequence);
        } catch (IllegalArgumentException e) {
            // Freshet did not write this head; the next append begins a new log.
            return null;
        }
    }
}
