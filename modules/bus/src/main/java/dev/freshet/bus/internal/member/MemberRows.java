package dev.freshet.bus.internal.member;

import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.schema.RedisNames;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import redis.clients.jedis.Protocol;

/** Reads the members hash of a region. */
public final class MemberRows {

    private MemberRows() {}

    /** Returns all readable rows, live or not, sorted by name. Blocks for one round trip. */
    public static List<MemberRow> read(RedisConnection connection, RedisNames names) {
        List<?> fields = connection.list(Protocol.Command.HGETALL, names.members());
        List<MemberRow> rows = new ArrayList<>(fields.size() / 2);
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            String id = RedisConnection.asText(fields.get(i));
            String text = RedisConnection.asText(fields.get(i + 1));
            MemberRow row = id == null || text == null ? null : MemberRow.parse(id, text);
            if (row != null) {
                rows.add(row);
            }
        }
        rows.sort(Comparator.comparing((MemberRow row) -> row.member().name())
                .thenComparing(row -> row.member().id()));
        return rows;
    }

    /** Returns the rows of members that are live on the Redis clock. Blocks for two round trips. */
    static List<MemberRow> readLive(RedisConnection connection, RedisNames names) {
        long nowMicros = connection.timeMicros();
        return read(connection, names).stream()
                .filter(row -> row.member().isLive(nowMicros))
                .toList();
    }
}
