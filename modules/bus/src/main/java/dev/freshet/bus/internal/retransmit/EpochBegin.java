package dev.freshet.bus.internal.retransmit;

import dev.freshet.bus.RedisTime;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * When a region's epoch began on the server that is asked.
 *
 * @param isYetToCome whether the head is of another server or missing, so that the next script begins an epoch
 * @param earliestNanos when the epoch began at the earliest, on this process's monotonic clock; empty if that is not known
 */
public record EpochBegin(boolean isYetToCome, OptionalLong earliestNanos) {

    private static final EpochBegin YET_TO_COME = new EpochBegin(true, OptionalLong.empty());

    /** No proof of anything. */
    static final EpochBegin UNKNOWN = new EpochBegin(false, OptionalLong.empty());

    /**
     * Reads fields of a head.
     *
     * @param run the head's {@code run}, or null
     * @param since the head's {@code since}, or null; an older version writes none
     * @param server the run_id of the server that holds the head
     * @param clock that server's clock
     * @param nowNanos now, on this process's monotonic clock
     */
    public static EpochBegin of(
            @Nullable String run, @Nullable String since, String server, RedisTime clock, long nowNanos) {
        if (!server.equals(run)) {
            return YET_TO_COME;
        }
        OptionalLong errorMicros = clock.errorMicros();
        if (since == null || errorMicros.isEmpty()) {
            return UNKNOWN;
        }
        try {
            long beganNanos = clock.nanoTimeAt(Long.parseLong(since)) - 1_000 * errorMicros.getAsLong();
            // In the future: the server's clock was set back since, so it does not say when the epoch began.
            return beganNanos - nowNanos > 0 ? UNKNOWN : new EpochBegin(false, OptionalLong.of(beganNanos));
        } catch (NumberFormatException e) {
            return UNKNOWN;
        }
    }
}
