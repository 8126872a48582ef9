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
 * <p>The sidecar becomes ready with the first confirmation of every region. If Redis is unavailable until the bounded time is over,
 * the sidecar becomes ready without it, unless the settings say otherwise: a sidecar that restarts during an outage would otherwise
 * take its application out of service. What Redis refuses is no outage: then the sidecar is not ready.
 *
 * <p>The sidecar stays ready when Redis becomes unavailable later: each region then serves or bypasses by its own policy. Otherwise
 * all replicas would leave service at once.
 */
final class Startup {

    private final Subscriber subscriber;
    private final TimeSource time;
    private final long deadlineNanos;
    private final boolean readyAfterWait;

    /**
     * Creates the decision; the wait begins now.
     *
     * @param readyAfterWait whether an outage that outlasts the wait leaves the process ready
     */
    Startup(Subscriber subscriber, Duration wait, boolean readyAfterWait, TimeSource time) {
        this.subscriber = subscriber;
        this.time = time;
        this.deadlineNanos = time.nanoTime() + wait.toNanos();
        this.readyAfterWait = readyAfterWait;
    }

    /** Returns why the process has not started yet, or null if it has. */
    @Nullable
    String faultInStart() {
        return isWaitOver() ? null : faultInCatchingUp();
    }

    /** Returns why the process is not ready, or null if it is. */
    @Nullable
    String faultInReadiness() {
        boolean mayBeReadyWithout = readyAfterWait && isWaitOver() && subscriber.misconfiguration() == null;
        return mayBeReadyWithout ? null : faultInCatchingUp();
    }

    private boolean isWaitOver() {
        return time.nanoTime() - deadlineNanos >= 0;
    }

    private @Nullable String faultInCatchingUp() {
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
