package dev.freshet.proofs.simulation;

import dev.freshet.bus.RegionSubscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The reads of a replica that wait for a position. */
final class PositionWaits {

    private static final int MAX_WAITS = 5;

    /** In real time: longer than any simulation runs between two steps. */
    private static final Duration WAIT = Duration.ofSeconds(5);

    /** One read, and what it is to see then. */
    private record Wait(CompletableFuture<Boolean> reached, World.Awaited awaited) {}

    private final SimulatedReplica replica;
    private final RegionSubscription subscription;
    private final World world;
    private final List<Wait> waits = new ArrayList<>();

    PositionWaits(SimulatedReplica replica, RegionSubscription subscription, World world) {
        this.replica = replica;
        this.subscription = subscription;
        this.world = world;
    }

    /** Reads once a position is reached, as a request with Min-Position does. */
    void await(World.Awaited awaited) {
        if (waits.size() < MAX_WAITS) {
            world.trace(replica + " waits for " + awaited.position());
            waits.add(new Wait(subscription.awaitPosition(awaited.position(), WAIT), awaited));
            end();
        }
    }

    /** Those end whose position is reached, or who waited for too long. */
    void end() {
        for (Wait wait : List.copyOf(waits)) {
            if (wait.reached.isDone()) {
                waits.remove(wait);
                if (wait.reached.join()) {
                    world.trace(replica + " has reached " + wait.awaited.position());
                    replica.requireApplied(wait.awaited);
                }
            }
        }
    }
}
