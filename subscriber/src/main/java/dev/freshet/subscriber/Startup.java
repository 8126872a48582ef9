package dev.freshet.subscriber;

import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When the process counts as started and as ready. Safe to use from any thread; never blocks.
 *
 * <p>An orchestrator starts the application only when its sidecar has started, so that must not wait for Redis for ever:
 * without Redis the application still has its database. Ready, which decides about traffic from outside, comes with the
 * first confirmation of every region, and does not fall when Redis goes away later: each region then serves or bypasses by
 * its own policy, and taking all replicas out of service at once would be worse.
 */
final class Startup {

    private final Subscriber subscriber;
    private final TimeSource time;
    private final long deadlineNanos;

    Startup(Subscriber subscriber, Duration wait, TimeSource time) {
        this.subscriber = subscriber;
        this.time = time;
        this.deadlineNanos = time.nanoTime() + wait.toNanos();
    }

    /** Why the process has not started yet, or null if it has. */
    @Nullable
    String faultInStart() {
        return time.nanoTime() - deadlineNanos >= 0 ? null : faultInReadiness();
    }

    /** Why the process is not ready, or null if it is. */
    @Nullable
    String faultInReadiness() {
        if (subscriber.isCaughtUp()) {
            return null;
        }
        String waiting = subscriber.regions().values().stream()
                .filter(region -> region.confirmation().confirmedAtMicros() == 0)
                .map(RegionSubscription::region)
                .sorted()
                .reduce((a, b) -> a + ", " + b)
                .orElse("");
        return "not caught up yet: " + waiting;
    }
}
