package dev.freshet.proofs.simulation;

import dev.freshet.bus.internal.redis.RegionRemoval;
import dev.freshet.schema.RedisNames;
import java.time.Duration;

/** The production's removal of unused regions, for a simulation. */
public final class SimulatedRemoval {

    private SimulatedRemoval() {}

    /** The script that removes a region if its state is this one; with an empty state, it only looks. */
    public static SimulatedCall call(RedisNames names, Duration unusedFor, String state) {
        return SimulatedCall.of(RegionRemoval.call(names, unusedFor, state));
    }
}
