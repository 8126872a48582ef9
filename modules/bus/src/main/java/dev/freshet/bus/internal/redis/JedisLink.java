package dev.freshet.bus.internal.redis;

import dev.freshet.bus.UnsupportedLibraryException;
import java.net.Socket;
import java.util.List;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.util.IOUtils;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * Finds out, before any thread begins, whether the Jedis on the class path has what the bus uses. It uses some of each class that is
 * used, chosen so that every version that lacks anything fails. No reflection: in a native image nothing is found by its name.
 */
public final class JedisLink {

    private static volatile boolean isProven;

    private JedisLink() {}

    /**
     * Checks it, once a process.
     *
     * @throws UnsupportedLibraryException if it lacks something, or is known to be too old
     */
    public static void require() {
        if (!isProven) {
            UnsupportedLibraryException.check(
                    "Jedis", "redis.clients", "jedis", "5.2", () -> HostAndPort.class, () -> Use.each());
            isProven = true;
        }
    }

    /** Its own class, loaded only when it is called: the JVM looks for what a class names before any of it runs. */
    private static final class Use {

        private Use() {}

        /** None of it needs a connection. */
        static void each() {
            CommandArguments command = new CommandArguments(Protocol.Command.SSUBSCRIBE)
                    .add("text")
                    .add(1)
                    .add(1L)
                    .add(new byte[0]);
            RedisConnection.encoded(List.of(command, new CommandArguments(Protocol.Command.SPUBLISH)));
            JedisClientConfig config = new NodeClientConfig(1, 1, "", 0, null);
            if (config.getRedisProtocol() == RedisProtocol.RESP3) {
                throw new IllegalStateException("asks for another protocol than it should");
            }
            JedisClusterCRC16.getSlot("text");
            IOUtils.closeQuietly((Socket) null);
        }
    }
}
