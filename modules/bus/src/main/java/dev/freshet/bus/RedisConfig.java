package dev.freshet.bus;

import dev.freshet.bus.internal.redis.RedisUri;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is, and how long to wait for it.
 *
 * @param uri {@code redis://[[user]:password@]host[:port][/database]}, {@code rediss://} for TLS, {@code
 *     redis-sentinel://[…@]host:port[,host:port…]/master-name}, {@code redis-cluster://[…@]host:port[,host:port…]}
 *     ({@code rediss-…} for TLS)
 * @param connectTimeout for one attempt to connect
 * @param commandTimeout for the answer to one command
 */
public record RedisConfig(String uri, Duration connectTimeout, Duration commandTimeout) {

    public RedisConfig {
        Objects.requireNonNull(uri);
        RedisUri.parse(uri);
    }

    /** The defaults for this address: 1 s to connect, 2 s for an answer. */
    public static RedisConfig of(String uri) {
        return new RedisConfig(uri, Duration.ofSeconds(1), Duration.ofSeconds(2));
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
