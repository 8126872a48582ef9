package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.redis.RedisErrors;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * A call that was not appended, though another server may take it, or the same one in a moment.
 *
 * @param why in words
 * @param isRefused whether a server said that it is not the one to ask; else a connection to it is being made
 * @param isMoving whether the region's slot is on its way to another server
 * @param takenBy the server that takes it while its slot moves, or null
 */
record UnplacedCall(
        AppendCall call,
        String why,
        boolean isRefused,
        boolean isMoving,
        @Nullable HostAndPort takenBy) {

    static UnplacedCall refused(AppendAnswer.Refused answer, HostAndPort by) {
        return new UnplacedCall(
                answer.call(),
                answer.why(),
                true,
                RedisErrors.isSlotMoving(answer.refusal()),
                RedisErrors.takenBy(answer.refusal(), by));
    }

    static UnplacedCall withoutConnection(AppendCall call, String why) {
        return new UnplacedCall(call, why, false, false, null);
    }
}
