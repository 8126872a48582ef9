package dev.freshet.bus.internal.redis;

import dev.freshet.schema.Position;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.exceptions.JedisDataException;

/** One call of a {@link Script}, with the keys and arguments that the head of the script's text lists. */
public record ScriptCall(Script script, List<String> keys, List<byte[]> arguments) {

    /** Runs it and returns its reply. Blocks for at most the connection's timeout; twice that, if the text must be sent. */
    public Object run(RedisConnection connection) {
        return script.run(connection, keys, arguments);
    }

    /** Runs the long call, and returns its reply; a refusal stands in its place. */
    public Object runByText(RedisConnection connection) {
        try {
            return connection.executeCommand(byText());
        } catch (JedisDataException refusal) {
            return refusal;
        }
    }

    /** Returns the short call, which the server may answer with NOSCRIPT. */
    public CommandArguments byDigest() {
        return script.byDigest(keys, arguments);
    }

    /** Returns the long call, which always works. */
    public CommandArguments byText() {
        return script.byText(keys, arguments);
    }

    /** Returns a random, and so unique, epoch as it is written. */
    public static byte[] freshEpoch() {
        return bytes(Position.formatEpoch(ThreadLocalRandom.current().nextLong()));
    }

    /** Returns the command with which a script publishes. */
    public static byte[] publishCommand(boolean sharded) {
        return bytes(sharded ? "SPUBLISH" : "PUBLISH");
    }

    /** Returns a text as an argument. */
    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
