package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.Script;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.RedisNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * What a source of changes must remember across restarts where its database keeps no place for it: fields of texts, in the
 * Redis that holds the logs. It is lost when they are lost, and where a failover takes logs back, it goes back with them.
 *
 * <p>Many may look, one writes: whoever {@linkplain #take took} it last. Another's writes are refused from then on, so that a
 * publisher that lags cannot undo what its successor wrote. Every method blocks for a bounded time, and throws a {@link
 * BusException} if Redis is away. Safe to use from any thread.
 */
public final class CheckpointStore implements AutoCloseable {

    private static final Script WRITE = Script.load("source-write.lua");

    private static final String OWNER = "owner";
    private static final String IDENTITY = "identity";

    private final RedisConnector connector;
    private final String key;
    private final String token = UUID.randomUUID().toString();
    private @Nullable Topology topology;
    private @Nullable RedisConnection connection;

    /**
     * Does not connect yet.
     *
     * @param source the source's name
     */
    public CheckpointStore(RedisConfig redis, String source) {
        this.connector = new RedisConnector(redis, "source-" + source);
        this.key = RedisNames.ofSource(source);
    }

    private interface Question<T> {
        T ask(RedisConnection connection);
    }

    /** What the memory is called whoever owns it: random, and the same for as long as it is there. */
    public String identity() {
        return ask(redis -> {
            redis.number(
                    Protocol.Command.HSETNX, key, IDENTITY, UUID.randomUUID().toString());
            return String.valueOf(redis.text(Protocol.Command.HGET, key, IDENTITY));
        });
    }

    /**
     * Becomes the one who may write.
     *
     * @return what is remembered
     */
    public Map<String, String> take() {
        return ask(redis -> {
            redis.number(Protocol.Command.HSET, key, OWNER, token);
            Map<String, String> fields = new HashMap<>();
            List<?> flat = redis.list(Protocol.Command.HGETALL, key);
            for (int i = 0; i + 1 < flat.size(); i += 2) {
                fields.put(
                        String.valueOf(RedisConnection.asText(flat.get(i))),
                        String.valueOf(RedisConnection.asText(flat.get(i + 1))));
            }
            fields.remove(OWNER);
            fields.remove(IDENTITY);
            return fields;
        });
    }

    /**
     * Sets fields; the others stay.
     *
     * @throws BusException also if somebody else has taken it, or Redis has lost it
     */
    public void write(Map<String, String> fields) {
        write(false, fields);
    }

    /**
     * Forgets everything, then sets fields, in one step.
     *
     * @throws BusException also if somebody else has taken it, or Redis has lost it
     */
    public void replace(Map<String, String> fields) {
        write(true, fields);
    }

    private void write(boolean isReplacing, Map<String, String> fields) {
        List<byte[]> arguments = new ArrayList<>(List.of(bytes(token), bytes(isReplacing ? "1" : "0")));
        fields.forEach((field, value) -> {
            arguments.add(bytes(field));
            arguments.add(bytes(value));
        });
        Object written = ask(redis -> WRITE.run(redis, List.of(key), arguments));
        if (!Long.valueOf(1).equals(written)) {
            throw new BusException("what the source had read up to is not its own any more: another publisher has taken"
                    + " over, or Redis has lost it");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Asks over the connection; one that broke since the last question is replaced once. */
    private synchronized <T> T ask(Question<T> question) {
        try {
            boolean isFresh = connection == null;
            try {
                return question.ask(connected());
            } catch (JedisConnectionException e) {
                disconnect();
                if (isFresh) {
                    throw e;
                }
                return question.ask(connected());
            }
        } catch (JedisException e) {
            disconnect();
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    private RedisConnection connected() {
        RedisConnection current = connection;
        if (current == null) {
            Topology known = topology;
            if (known == null) {
                known = Topologies.of(connector);
                topology = known;
            }
            current = connector.open(known.masterOf(key));
            connection = current;
            current.requireMaster();
        }
        return current;
    }

    private void disconnect() {
        if (connection != null) {
            connection.closeQuietly();
            connection = null;
        }
        if (topology != null) {
            topology.refresh();
        }
    }

    @Override
    public synchronized void close() {
        disconnect();
    }
}
