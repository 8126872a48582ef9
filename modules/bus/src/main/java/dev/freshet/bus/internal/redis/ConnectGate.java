package dev.freshet.bus.internal.redis;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.access.MisconfiguredException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Keeps those who connect from trying again and again where only a person can help. All threads of a component pass it; of a place where
 * the configuration is at fault, one attempt is let through at ever longer intervals. Any thread.
 */
final class ConnectGate {

    private static final long MIN_PAUSE_MILLIS = 100;
    private static final long MAX_PAUSE_MILLIS = 5_000;

    private record Shut(String why, Backoff backoff, long untilNanos) {}

    private final TimeSource time;
    private final Map<String, Shut> byPlace = new ConcurrentHashMap<>();

    ConnectGate(TimeSource time) {
        this.time = time;
    }

    /**
     * Lets an attempt through.
     *
     * @throws MisconfiguredException with the former fault, if it is too early
     */
    void pass(String place) {
        if (byPlace.isEmpty()) {
            return;
        }
        long now = time.nanoTime();
        byPlace.computeIfPresent(place, (same, current) -> {
            if (now - current.untilNanos() < 0) {
                throw new MisconfiguredException(current.why());
            }
            return next(current.why(), current.backoff(), now);
        });
    }

    /** Notes that an attempt failed, and only a person can help. */
    void shut(String place, String why) {
        byPlace.compute(
                place,
                (same, current) -> current == null
                        ? next(why, new Backoff(MIN_PAUSE_MILLIS, MAX_PAUSE_MILLIS), time.nanoTime())
                        : new Shut(why, current.backoff(), current.untilNanos()));
    }

    /** Notes that an attempt succeeded, or failed for another reason. */
    void open(String place) {
        if (!byPlace.isEmpty()) {
            byPlace.remove(place);
        }
    }

    private static Shut next(String why, Backoff backoff, long now) {
        return new Shut(why, backoff, now + TimeUnit.MILLISECONDS.toNanos(backoff.nextMillis()));
    }
}
