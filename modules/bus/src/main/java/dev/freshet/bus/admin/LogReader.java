package dev.freshet.bus.admin;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.member.RegionHead;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.RoleWatch;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Decoded.Refusal;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.RedisNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Reads the log of a region, for people and tools. To keep a cache coherent, use a {@link Subscriber} instead. Used by one
 * thread; methods block for a bounded time. After an exception the next call connects again.
 */
public final class LogReader implements AutoCloseable {

    /**
     * One entry of the log.
     *
     * @param sequence its number in the log; 0 if its id is not one that Freshet writes
     * @param decoded what it holds
     */
    public record Entry(long sequence, Decoded decoded) {}

    private final RedisConnector connector;
    private final Topology topology;
    private final RedisNames names;
    private @Nullable RoleWatch connection;

    private LogReader(RedisConnector connector, String region) {
        this.connector = connector;
        this.topology = Topologies.of(connector);
        this.names = connector.namespace().region(region);
    }

    /**
     * Makes a reader of a region's log. The first call connects.
     *
     * @throws IllegalArgumentException if the region's name is not valid
     */
    public static LogReader of(RedisConfig config, String region) {
        return new LogReader(new RedisConnector(config, "log-reader"), region);
    }

    /**
     * Returns the position of the last record, or null if there is no log.
     *
     * @throws BusException if Redis is unavailable, or refuses
     */
    public @Nullable Position head() {
        return call(open -> Optional.ofNullable(RegionHead.read(open, names))).orElse(null);
    }

    /**
     * Reads entries behind a sequence, oldest first. Another log may have replaced the one that was read before: the entries'
     * headers tell the epoch.
     *
     * @param afterSequence 0: from the oldest entry in the log
     * @param limit at most this many
     * @param patience how long to wait for an entry if there is none; zero: not at all
     * @throws BusException if Redis is unavailable, or refuses
     */
    public List<Entry> read(long afterSequence, int limit, Duration patience) {
        return call(open -> {
            List<String> arguments = new ArrayList<>(List.of("COUNT", Integer.toString(limit)));
            if (!patience.isZero()) {
                arguments.addAll(List.of("BLOCK", Long.toString(Math.max(1, patience.toMillis()))));
                open.setSoTimeout(Math.toIntExact(
                        connector.commandTimeout().plus(patience).toMillis()));
            }
            arguments.addAll(List.of("STREAMS", names.log(), afterSequence + "-0"));
            List<?> streams = open.list(Protocol.Command.XREAD, arguments.toArray(String[]::new));
            List<Entry> entries = new ArrayList<>();
            if (!streams.isEmpty()
                    && streams.get(0) instanceof List<?> stream
                    && stream.get(1) instanceof List<?> found) {
                found.forEach(entry -> entries.add(entry((List<?>) entry)));
            }
            return entries;
        });
    }

    static Entry entry(List<?> entry) {
        String id = String.valueOf(RedisConnection.asText(entry.get(0)));
        long sequence = id.matches("[0-9]{1,18}-0") ? Long.parseLong(id.substring(0, id.length() - 2)) : 0;
        if (entry.get(1) instanceof List<?> fields && fields.size() >= 2 && fields.get(1) instanceof byte[] frame) {
            return new Entry(sequence, RecordCodec.decode(frame));
        }
        return new Entry(sequence, new Decoded.Foreign(Refusal.MALFORMED_HEADER, "an entry without a record"));
    }

    private interface Call<T> {
        T on(RedisConnection open);
    }

    private <T> T call(Call<T> call) {
        try {
            RoleWatch open = connection;
            if (open == null) {
                open = new RoleWatch(connector.open(topology.masterOf(names.log())), TimeSource.SYSTEM);
                connection = open;
            }
            open.check();
            return call.on(open.connection());
        } catch (JedisException | BusException e) {
            close();
            topology.refresh();
            throw e instanceof BusException known ? known : new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    @Override
    public void close() {
        RoleWatch open = connection;
        connection = null;
        if (open != null) {
            open.connection().closeQuietly();
        }
    }
}
