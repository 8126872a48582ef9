package dev.freshet.bus.internal.redis;

import java.util.Locale;
import redis.clients.jedis.exceptions.JedisDataException;

/** Says in a sentence, without credentials, why Redis could not be used. */
public final class RedisErrors {

    private RedisErrors() {}

    public static String describe(RedisConnector connector, RuntimeException fault) {
        Throwable root = fault;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String why = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
        if (fault instanceof JedisDataException) {
            String refusal = why.toUpperCase(Locale.ROOT);
            if (refusal.startsWith("NOAUTH")
                    || refusal.startsWith("WRONGPASS")
                    || refusal.contains("WITHOUT ANY PASSWORD")) {
                return "Redis at " + connector.uri() + " refuses the credentials: " + why;
            }
            return "Redis at " + connector.uri() + " refuses: " + why;
        }
        return "Redis at " + connector.uri() + " cannot be reached: " + why;
    }
}
