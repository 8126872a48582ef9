package dev.freshet.bus;

import dev.freshet.bus.internal.redis.RedisUri;
import dev.freshet.schema.Namespace;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is, how to get in, and how long to wait for it. Get one from {@link #of} and change what must be different with the
 * {@code with…} methods.
 *
 * @param uri {@code redis://[[user]:password@]host[:port][/database]}, {@code rediss://} for TLS, {@code
 *     redis-sentinel://[…@]host:port[,host:port…]/master-name}, {@code redis-cluster://[…@]host:port[,host:port…]}
 *     ({@code rediss-…} for TLS)
 * @param connectTimeout for one attempt to connect
 * @param commandTimeout for the answer to one command
 * @param namespace begins the names of all keys and channels, so that deployments may share a Redis; {@code freshet} unless set.
 *     All processes of one deployment need the same one, and the same database: those that differ do not hear each other
 * @param servers how to get in at servers; its credentials replace those of the address
 * @param sentinels how to get in at sentinels; null: without credentials, and with TLS as at servers. Sentinels of a {@code
 *     rediss-sentinel://} address always speak TLS
 */
public record RedisConfig(
        String uri,
        Duration connectTimeout,
        Duration commandTimeout,
        String namespace,
        RedisAccess servers,
        @Nullable RedisAccess sentinels) {

    public RedisConfig {
        Objects.requireNonNull(uri);
        Objects.requireNonNull(namespace);
        Objects.requireNonNull(servers);
        new Namespace(namespace, RedisUri.parse(uri).database());
    }

    /** The defaults for this address: 1 s to connect, 2 s for an answer. */
    public static RedisConfig of(String uri) {
        return new RedisConfig(
                uri, Duration.ofSeconds(1), Duration.ofSeconds(2), Namespace.DEFAULT.name(), RedisAccess.PLAIN, null);
    }

    /** Returns a copy that waits this long for a connection, and for the answer to a command. */
    public RedisConfig withTimeouts(Duration connect, Duration command) {
        return new RedisConfig(uri, connect, command, namespace, servers, sentinels);
    }

    /**
     * Returns a copy whose keys and channels begin with this, and a colon.
     *
     * @throws IllegalArgumentException if it does not match {@code [a-z0-9][a-z0-9._-]{0,63}}
     */
    public RedisConfig withNamespace(String namespace) {
        return new RedisConfig(uri, connectTimeout, commandTimeout, namespace, servers, sentinels);
    }

    /** Returns a copy that gets in at servers like this. */
    public RedisConfig withAccess(RedisAccess servers) {
        return new RedisConfig(uri, connectTimeout, commandTimeout, namespace, servers, sentinels);
    }

    /** Returns a copy that gets in at sentinels like this. */
    public RedisConfig withSentinelAccess(RedisAccess sentinels) {
        return new RedisConfig(uri, connectTimeout, commandTimeout, namespace, servers, sentinels);
    }

    /** Describes what is wrong with an address, or returns null if nothing is. Never quotes the password. */
    public static @Nullable String faultIn(String uri) {
        try {
            RedisUri.parse(uri);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    /** Returns the address without its password. */
    @Override
    public String toString() {
        return RedisUri.parse(uri).toString();
    }
}
