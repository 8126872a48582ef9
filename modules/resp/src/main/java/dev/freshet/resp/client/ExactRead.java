package dev.freshet.resp.client;

import dev.freshet.cache.ServingState;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.protocol.Replies;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.TimeUnit;

/**
 * Writes the answer to {@code FRESHET.GET}: the value, what it is worth, and how many milliseconds ago it was proven to be the
 * latest. Stateless.
 */
final class ExactRead {

    private static final String FROM_REDIS = "redis";

    private ExactRead() {}

    static void begin(Buffer to) {
        Replies.array(to, 3);
    }

    /** Ends an answer whose value Redis gave just now. */
    static void endOfRedis(Buffer to) {
        Replies.string(to, FROM_REDIS);
        Replies.integer(to, 0);
    }

    /**
     * Ends an answer whose value is a copy.
     *
     * @param trackedAgeNanos how old the proof of the tracking connection is
     */
    static void endOfCopy(Buffer to, Copies<?> copies, long loggedAgeNanos, long trackedAgeNanos) {
        long ageNanos = Math.max(loggedAgeNanos, trackedAgeNanos);
        boolean isConfirmed = copies.state() == ServingState.CONFIRMED;
        Replies.string(to, (isConfirmed ? ServingState.CONFIRMED : ServingState.UNCONFIRMED).label());
        Replies.integer(to, ageNanos == Long.MAX_VALUE ? -1 : TimeUnit.NANOSECONDS.toMillis(ageNanos + 999_999));
    }
}
