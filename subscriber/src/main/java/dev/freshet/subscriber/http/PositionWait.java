package dev.freshet.subscriber.http;

import dev.freshet.bus.RegionSubscription;
import dev.freshet.schema.Position;
import dev.freshet.service.http.Problem;
import dev.freshet.subscriber.region.ServedRegion;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Holds back reads with {@code Min-Position} until their position is applied. Safe to use from any thread; never blocks. */
final class PositionWait {

    private final AtomicInteger waitingReads = new AtomicInteger();
    private final Duration atMost;

    PositionWait(Duration atMost) {
        this.atMost = atMost;
    }

    /** Returns how many reads wait. */
    int waitingReads() {
        return waitingReads.get();
    }

    /**
     * Runs the read when the position is applied, or answers 503. To be called on the request's event loop, on which the read runs
     * too.
     *
     * @param position null: at once
     */
    void whenApplied(HttpServerRequest request, ServedRegion region, @Nullable Position position, Runnable read) {
        if (position == null || region.hasApplied(position)) {
            read.run();
            return;
        }
        waitingReads.incrementAndGet();
        // Completes on a thread of the bus; the answer must be sent on the request's event loop.
        Future.fromCompletionStage(region.subscription().awaitPosition(position, atMost), Vertx.currentContext())
                .onComplete(reached -> {
                    waitingReads.decrementAndGet();
                    if (Answer.isOver(request)) {
                        return;
                    }
                    if (reached.succeeded() && reached.result()) {
                        read.run();
                    } else {
                        notReached(region.subscription(), position).send(request.response());
                    }
                });
    }

    private Problem notReached(RegionSubscription subscription, Position wanted) {
        Position reached = subscription.position();
        return Problem.of(
                        503,
                        "position-not-reached",
                        "Position " + wanted + " was not applied here within " + atMost.toMillis()
                                + " ms. Read the source, or read again without Min-Position.")
                .with("wanted", wanted.toString())
                .with("position", reached == null ? "" : reached.toString());
    }
}
