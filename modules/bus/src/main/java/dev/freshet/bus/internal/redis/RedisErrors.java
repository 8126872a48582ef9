package dev.freshet.bus.internal.redis;

import java.util.List;
import java.util.Locale;
import redis.clients.jedis.exceptions.JedisDataException;

/** Tells what failures of Redis mean, and describes them in a sentence without credentials. */
public final class RedisErrors {

    private static final List<String> ELSEWHERE =
            List.of("READONLY ", "MOVED ", "ASK ", "LOADING ", "MASTERDOWN ", "CLUSTERDOWN ");

    private RedisErrors() {}

    /** Returns whether another server should be asked instead: after a failover, a moved slot, or while a server loads. */
    public static boolean isElsewhere(JedisDataException refusal) {
        // Redis before 7 puts the code of a failure within a script in the middle of the message.
        String message = String.valueOf(refusal.getMessage());
        return ELSEWHERE.stream().anyMatch(message::contains);
    }

    /** Returns the first cause of a fault. */
    public static Throwable rootCause(Throwable fault) {
        Throwable root = fault;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root;
    }

    /** Returns the message of the first cause of a fault. */
    public static String rootMessage(Throwable fault) {
        return String.valueOf(rootCause(fault).getMessage());
    }

    /** Returns the message of a fault, and that of its first cause if it has one. */
    public static String withRootMessage(Throwable fault) {
        Throwable root = rootCause(fault);
        return root == fault ? String.valueOf(fault.getMessage()) : fault.getMessage() + ": " + root.getMessage();
    }

    /** Describes a fault with the address, in a sentence. */
    public static String describe(RedisConnector connector, RuntimeException fault) {
        Throwable root = rootCause(fault);
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
