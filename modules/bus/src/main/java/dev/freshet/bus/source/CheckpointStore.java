package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.Script;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Keeps what a source of changes must remember across restarts, if its database keeps no place for it: text fields, in the
 * Redis that holds the logs. They are lost when the logs are lost; if a failover takes logs back, the fields go back with them.
 *
 * <p>Many publishers may read, one writes: the one that {@linkplain #take took} the store last. Writes of others are refused from
 * then on, so that a publisher that lags cannot undo what its successor wrote. Every method blocks for a bounded time, and
 * throws a {@link BusException} if Redis is unavailable. Safe to use from any thread.
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
     * Makes a store. It connects when it is first used.
     *
     * @param source the source's name
     */
    public CheckpointStore(RedisConfig redis, String source) {
        this.connector = new RedisConnector(redis, "source-" + source);
        this.key = connector.namespace().source(source);
    }

    private interface Question<T> {
        T ask(RedisConnection connection);
    }

    /** Returns the store's name: random, and unchanged, whoever writes, as long as Redis keeps it. */
    public String identity() {
        return ask(redis -> {
            redis.number(
                    Protocol.Command.HSETNX, key, IDENTITY, UUID.randomUUID().toString());
            return String.valueOf(redis.text(Protocol.Command.HGET, key, IDENTITY));
        });
    }

    /**
     * Takes the right to write.
     *
     * @return the fields
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
     * @throws BusException also if another publisher has taken the store, or Redis has lost it
     */
    public void write(Map<String, String> fields) {
        write(false, fields);
    }

    /**
     * Removes all fields, then sets these, in one step.
     *
     * @throws BusException also if another publisher has taken the store, or Redis has lost it
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
            throw new BusException(
                    "the source's checkpoint cannot be written: another publisher has taken over, or Redis"
                            + " has lost it");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Asks over the connection. If it broke since the last question, or leads to a former master, asks once more over a fresh one. */
    private synchronized <T> T ask(Question<T> question) {
        try {
            boolean isFresh = connection == null;
            try {
                return question.ask(connected());
            } catch (JedisConnectionException e) {
                return askAgain(question, isFresh, e);
            } catch (JedisDataException e) {
                return askAgain(question, isFresh || !RedisErrors.isOfFormerMaster(e), e);
            }
        } catch (JedisException e) {
            disconnect();
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
    }

    private <T> T askAgain(Question<T> question, boolean isFinal, JedisException fault) {
        disconnect();
        if (isFinal) {
            throw fault;
        }
        return question.ask(connected());
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
