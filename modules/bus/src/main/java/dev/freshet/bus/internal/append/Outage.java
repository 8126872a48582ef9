package dev.freshet.bus.internal.append;

import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.internal.access.MisconfiguredException;
import dev.freshet.bus.internal.redis.RedisErrors;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Why nothing can be appended now.
 *
 * @param why a sentence, for callers and the log
 */
record Outage(Reason reason, String why) {

    /** Tells what a fault means: Redis is unavailable, or somebody must mend the configuration. */
    static Outage of(Throwable fault) {
        String why = RedisErrors.rootMessage(fault);
        if (!RedisErrors.isMisconfigured(fault)) {
            return new Outage(Reason.REDIS_AWAY, why);
        }
        return new Outage(
                Reason.REDIS_MISCONFIGURED, fault instanceof JedisDataException ? "Redis refuses: " + why : why);
    }

    /** No server that was asked takes it. */
    static Outage nowhere(String why) {
        return new Outage(Reason.REDIS_AWAY, "no server that was asked takes it: " + why);
    }

    /** A library does not fit, so nothing can be appended before the process is started anew. */
    static Outage broken(String why) {
        return new Outage(Reason.REDIS_MISCONFIGURED, why);
    }

    /** Returns what to throw at those who ask before the next attempt is due. */
    JedisConnectionException again() {
        return reason == Reason.REDIS_MISCONFIGURED
                ? new MisconfiguredException(why)
                : new JedisConnectionException(why);
    }
}
