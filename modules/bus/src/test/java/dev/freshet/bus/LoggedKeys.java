package dev.freshet.bus;

import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisUri;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Protocol;

/** What a region's log holds, read from Redis itself. */
public final class LoggedKeys {

    private LoggedKeys() {}

    /**
     * Returns each key that the log names, with the position of the record that does.
     *
     * @throws AssertionError if a key is named twice, or something is not a record of keys
     */
    public static Map<String, Position> of(String uri, String region) {
        Map<String, Position> logged = new HashMap<>();
        for (Decoded.Intact record : records(uri, region)) {
            for (Invalidation invalidation : record.body().invalidations()) {
                for (String key : ((Selector.Keys) invalidation.selector()).keys()) {
                    if (logged.put(key, record.header().position()) != null) {
                        throw new AssertionError(key + " is in the log twice");
                    }
                }
            }
        }
        return logged;
    }

    /**
     * Returns the records of the log.
     *
     * @throws AssertionError if something is not a record
     */
    static List<Decoded.Intact> records(String uri, String region) {
        List<Decoded.Intact> records = new ArrayList<>();
        RedisConnection connection = connect(uri);
        try {
            for (Object entry : connection.list(Protocol.Command.XRANGE, new RedisNames(region).log(), "-", "+")) {
                List<?> fields = (List<?>) ((List<?>) entry).get(1);
                if (!(RecordCodec.decode((byte[]) fields.get(1)) instanceof Decoded.Intact record)) {
                    throw new AssertionError("not a record: " + fields);
                }
                records.add(record);
            }
        } finally {
            connection.closeQuietly();
        }
        return records;
    }

    /** Opens a connection of the bus' own kind. */
    public static RedisConnection connect(String uri) {
        return new RedisConnector(Patient.redis(uri), "test")
                .open(RedisUri.parse(uri).servers().get(0));
    }
}
