package dev.freshet.bus;

import java.time.Duration;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.SslOptions;

/** Opens connections as one address says. Safe to use from any thread. */
final class RedisConnector {

    private final RedisConfig config;
    private final RedisUri uri;
    private final String clientName;

    RedisConnector(RedisConfig config, String clientName) {
        this.config = config;
        this.uri = RedisUri.parse(config.uri());
        // Redis takes no spaces or control characters in a client's name.
        this.clientName = "freshet-" + clientName.replaceAll("[^!-~]", "_");
    }

    RedisUri uri() {
        return uri;
    }

    Duration commandTimeout() {
        return config.commandTimeout();
    }

    /** Opens a connection for commands. Blocks for at most the connect timeout. */
    RedisConnection open(HostAndPort node) {
        return open(node, config.commandTimeout());
    }

    /** Opens a connection on which this long without a byte is a failure. */
    RedisConnection open(HostAndPort node, Duration silence) {
        return connect(
                node, builder(silence).user(uri.user()).password(uri.password()).database(uri.database()));
    }

    /** Opens a connection to a sentinel, which has neither databases nor our credentials. */
    RedisConnection openSentinel(HostAndPort sentinel) {
        return connect(sentinel, builder(config.commandTimeout()));
    }

    private DefaultJedisClientConfig.Builder builder(Duration silence) {
        // RESP2, because its subscribed connections and ordinary replies have one form on every server since 6.2.
        DefaultJedisClientConfig.Builder builder = DefaultJedisClientConfig.builder()
                .resp2()
                .autoNegotiateProtocol(false)
                .connectionTimeoutMillis(Math.toIntExact(config.connectTimeout().toMillis()))
                .socketTimeoutMillis(Math.toIntExact(silence.toMillis()))
                .clientName(clientName);
        return uri.tls() ? builder.sslOptions(SslOptions.defaults()) : builder;
    }

    private static RedisConnection connect(HostAndPort node, DefaultJedisClientConfig.Builder builder) {
        RedisConnection connection = new RedisConnection(node, builder.build());
        try {
            connection.connect();
            return connection;
        } catch (RuntimeException e) {
            connection.closeQuietly();
            throw e;
        }
    }
}
