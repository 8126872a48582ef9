package dev.freshet.benchmarks.process;

import dev.freshet.testkit.RedisServer;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/** The Redis of a measurement: an existing one, or one started from the binary of a Maven artifact. */
public final class RedisProcess implements AutoCloseable {

    private final URI uri;
    private final @Nullable RedisServer server;

    private RedisProcess(URI uri, @Nullable RedisServer server) {
        this.uri = uri;
        this.server = server;
    }

    /** Uses an existing Redis. {@link #empty} deletes everything in it. */
    public static RedisProcess at(URI uri) {
        return new RedisProcess(uri, null);
    }

    /** Starts a Redis without persistence on a free port. It ends with this JVM at the latest. */
    public static RedisProcess start() {
        RedisServer server = RedisServer.builder().embedded().start();
        return new RedisProcess(URI.create(server.uri()), server);
    }

    /** Returns its address. */
    public URI uri() {
        return uri;
    }

    /** Deletes everything in it. */
    public void empty() {
        try (Jedis jedis = jedis()) {
            jedis.flushAll();
        }
    }

    /** Returns its version. */
    public String version() {
        try (Jedis jedis = jedis()) {
            return List.of(jedis.info("server").split("\r\n")).stream()
                    .filter(line -> line.startsWith("redis_version:"))
                    .map(line -> line.substring(line.indexOf(':') + 1))
                    .findFirst()
                    .orElse("unknown");
        }
    }

    /** Freezes a Redis that was started here: its connections stay open, and nobody answers on them. */
    public void freeze() {
        started().pause();
    }

    /** Thaws a frozen Redis. */
    public void thaw() {
        started().resume();
    }

    private RedisServer started() {
        if (server == null) {
            throw new IllegalStateException("a Redis that was not started here cannot be frozen");
        }
        return server;
    }

    private Jedis jedis() {
        return new Jedis(
                new HostAndPort(uri.getHost(), uri.getPort()),
                DefaultJedisClientConfig.builder().build());
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
