package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.schema.Position;
import redis.clients.jedis.exceptions.JedisDataException;

/** What Redis answered to a call. */
sealed interface AppendAnswer {

    /** The call. */
    AppendCall call();

    /** Whether another server should get the call: after a failover, a moved slot, or while a server loads. */
    default boolean isElsewhere() {
        return false;
    }

    /**
     * The records are in the log, and on as many replicas as configured.
     *
     * @param last the position of the last record
     * @param loggedAtMicros when they were appended, on the Redis clock
     */
    record Logged(AppendCall call, Position last, long loggedAtMicros) implements AppendAnswer {}

    /**
     * The records are in the log, but fewer replicas than configured acknowledged them.
     *
     * @param why a sentence for the caller
     */
    record TooFewReplicas(AppendCall call, String why) implements AppendAnswer {}

    /**
     * The region does not exist, and no other one may begin.
     *
     * @param why a sentence for the caller
     */
    record TooManyRegions(AppendCall call, String why) implements AppendAnswer {

        /** What the script's refusal begins with. */
        static final String CODE = "TOOMANYREGIONS";
    }

    /** The server refused the call. */
    record Refused(AppendCall call, JedisDataException refusal) implements AppendAnswer {
        @Override
        public boolean isElsewhere() {
            return RedisErrors.isElsewhere(refusal);
        }

        /** Whether it lasts until somebody mends the configuration. */
        boolean isMisconfigured() {
            return RedisErrors.isMisconfigured(refusal);
        }

        /** The server's words. */
        String why() {
            return String.valueOf(refusal.getMessage());
        }
    }
}
