package dev.freshet.bus.internal.redis;

import dev.freshet.bus.RedisConfig;
import java.time.Duration;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/** Opens connections to the servers of one address. Safe to use from any thread. */
public final class RedisConnector {

    private final RedisConfig config;
    private final RedisUri uri;
    private final String clientName;

    public RedisConnector(RedisConfig config, String clientName) {
        this.config = config;
        this.uri = RedisUri.parse(config.uri());
        // Redis refuses spaces and control characters in a client's name.
        this.clientName = "freshet-" + clientName.replaceAll("[^!-~]", "_");
    }

    public RedisUri uri() {
        return uri;
    }

    public Duration commandTimeout() {
        return config.commandTimeout();
    }

    /** Opens a connection for commands. Blocks for at most the connect timeout. */
    public RedisConnection open(HostAndPort node) {
        return open(node, config.commandTimeout());
    }

    /** Opens a connection that fails after this long without a byte. */
    public RedisConnection open(HostAndPort node, Duration silence) {
        return connect(
                node, builder(silence).user(uri.user()).password(uri.password()).database(uri.database()));
    }

    /** Opens a connection to a sentinel, which has no databases, and other credentials than the server. */
    public RedisConnection openSentinel(HostAndPort sentinel) {
        return connect(sentinel, builder(config.commandTimeout()));
    }

    private DefaultJedisClientConfig.Builder builder(Duration silence) {
        // RESP2: its subscribed connections and ordinary replies have one form on every server since 6.2. Every
        // connection
        // begins with it, so nothing is negotiated, and no user needs the right to run HELLO.
        DefaultJedisClientConfig.Builder builder = DefaultJedisClientConfig.builder()
                .serverDefaultProtocol()
                .autoNegotiateProtocol(false)
                .connectionTimeoutMillis(Math.toIntExact(config.connectTimeout().toMillis()))
                .socketTimeoutMillis(Math.toIntExact(silence.toMillis()))
                .clientName(clientName);
        return uri.tls() ? builder.sslOptions(SslOptions.defaults()) : builder;
    }

    private static RedisConnection connect(HostAndPort node, DefaultJedisClientConfig.Builder builder) {
        try {
            return new RedisConnection(node, builder.build());
        } catch (JedisException e) {
            throw e;
        } catch (RuntimeException e) {
            // What Jedis throws if the answer to AUTH or SELECT is malformed.
            throw new JedisConnectionException(node + " answers AUTH or SELECT as Redis never does", e);
        }
    }
}
