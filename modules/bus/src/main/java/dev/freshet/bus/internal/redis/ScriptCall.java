package dev.freshet.bus.internal.redis;

import dev.freshet.schema.Position;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import redis.clients.jedis.CommandArguments;

/** One call of a {@link Script}. Each station builds its own calls, since each script states its keys and arguments in its head. */
public record ScriptCall(Script script, List<String> keys, List<byte[]> arguments) {

    /** Runs it and returns its reply. Blocks for at most the connection's timeout, twice if the script must be sent. */
    public Object run(RedisConnection connection) {
        return script.run(connection, keys, arguments);
    }

    /** Returns the call that is short but may be answered with NOSCRIPT. */
    public CommandArguments byDigest() {
        return script.byDigest(keys, arguments);
    }

    /** Returns the call that always works. */
    public CommandArguments byText() {
        return script.byText(keys, arguments);
    }

    /** Returns an epoch that nobody else has, as it is written. */
    public static byte[] freshEpoch() {
        return bytes(Position.formatEpoch(ThreadLocalRandom.current().nextLong()));
    }

    /** Returns the command by which a script publishes. */
    public static byte[] publishCommand(boolean sharded) {
        return bytes(sharded ? "SPUBLISH" : "PUBLISH");
    }

    /** Returns an argument of this text. */
    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
