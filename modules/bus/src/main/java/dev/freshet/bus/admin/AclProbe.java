package dev.freshet.bus.admin;

import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.schema.RedisNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Tries the commands that the bus uses: on a region's own keys if that changes nothing, else on unused keys of the same pattern.
 * Only refusals for a missing permission count: any other answer shows that the command may run.
 */
final class AclProbe {

    private final RedisConnector connector;
    private final RedisConnection connection;
    private final RedisNames names;
    private final boolean sharded;
    private final Map<String, String> refused = new LinkedHashMap<>();

    AclProbe(RedisConnector connector, RedisConnection connection, RedisNames names, boolean sharded) {
        this.connector = connector;
        this.connection = connection;
        this.names = names;
        this.sharded = sharded;
    }

    Map<String, String> refused() {
        String nobody = "probe-" + UUID.randomUUID();
        String scratch = names.answers(nobody);
        attempt(connection, Command.TIME);
        attempt(connection, Command.INFO, "server");
        attempt(connection, Command.INFO, "replication");
        attempt(connection, Command.WAIT, "0", "1");
        attempt(connection, Command.EVAL, "return 1", "1", names.head());
        attempt(connection, Command.EVALSHA, "0000000000000000000000000000000000000000", "1", names.head());

        attempt(connection, Command.HMGET, names.head(), "epoch", "seq", "run");
        attempt(connection, Command.HGET, names.head(), "epoch");
        attempt(connection, Command.HGETALL, names.members());
        attempt(connection, Command.HDEL, names.members(), nobody);
        attempt(connection, Command.XRANGE, names.log(), "1-0", "1-0", "COUNT", "1");
        attempt(connection, Command.XLEN, names.log());
        // Redis refuses an id of zero after it checked the permission; without a log there is nothing to append to.
        attempt(connection, Command.XADD, names.log(), "NOMKSTREAM", "0-0", "r", "");
        attempt(connection, Command.XTRIM, names.log(), "MAXLEN", "~", "9223372036854775807");
        attempt(connection, Command.SMEMBERS, names.namespace().regions());
        attempt(connection, Command.SCARD, names.namespace().regions());
        attempt(connection, Command.SREM, names.namespace().regions(), nobody);

        attempt(connection, Command.HSET, scratch, "probe", "");
        attempt(connection, Command.SADD, scratch, "");
        attempt(connection, Command.DEL, scratch);
        attempt(connection, Command.RPUSH, scratch, "");
        attempt(connection, Command.PEXPIRE, scratch, "1000");
        attempt(connection, Command.LRANGE, scratch, "0", "-1");
        attempt(connection, Command.DEL, scratch);

        attempt(connection, sharded ? Command.SPUBLISH : Command.PUBLISH, names.memberChannel(nobody), "");
        trySubscribing(nobody);
        return refused;
    }

    Map<String, String> refusedOfTier() {
        String scratch = names.value("probe-" + UUID.randomUUID());
        attempt(connection, Command.SET, scratch, "", "PX", "1000");
        attempt(connection, Command.GET, scratch);
        attempt(connection, Command.PTTL, scratch);
        attempt(connection, Command.UNLINK, scratch);
        attempt(connection, Command.HLEN, names.fences(0));
        return refused;
    }

    /** Over a connection of its own: a subscribed one takes no other commands. */
    private void trySubscribing(String nobody) {
        RedisConnection own = connector.open(connection.node());
        try {
            attempt(
                    own,
                    sharded ? Command.SSUBSCRIBE : Command.SUBSCRIBE,
                    names.channel(),
                    names.memberChannel(nobody));
        } finally {
            own.closeQuietly();
        }
    }

    private void attempt(RedisConnection on, Command command, String... arguments) {
        CommandArguments call = new CommandArguments(command);
        List.of(arguments).forEach(call::add);
        try {
            on.executeCommand(call);
        } catch (JedisDataException e) {
            String why = String.valueOf(e.getMessage());
            if (why.startsWith("NOPERM") || why.toLowerCase(Locale.ROOT).contains("unknown command")) {
                refused.putIfAbsent(command.name(), why);
            }
        }
    }
}
