package dev.freshet.subscriber;

import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the process counts as started and as ready. Safe to use from any thread; never blocks.
 *
 * <p>An orchestrator starts the application after its sidecar has started. So the sidecar counts as started after a bounded time
 * even without Redis: the application still has its database.
 *
 * <p>The sidecar becomes ready with the first confirmation of every region. It stays ready when Redis becomes unavailable: each
 * region then serves or bypasses by its own policy. Otherwise all replicas would leave service at once.
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

    /** Returns why the process has not started yet, or null if it has. */
    @Nullable
    String faultInStart() {
        return time.nanoTime() - deadlineNanos >= 0 ? null : faultInReadiness();
    }

    /** Returns why the process is not ready, or null if it is. */
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
        String fault = subscriber.misconfiguration();
        return "waits for the first confirmation of: " + waiting + (fault == null ? "" : ": " + fault);
    }
}
