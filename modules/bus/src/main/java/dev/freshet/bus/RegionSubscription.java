package dev.freshet.bus;

import dev.freshet.schema.Position;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** How one region is doing in this process. Safe to use from any thread; never blocks. */
public interface RegionSubscription {

    /** Where the subscription stands in its life. */
    enum State {
        /** No connection. */
        DISCONNECTED,
        /** Connected; not yet known where the log stands. */
        JOINING,
        /** Reading what was missed. */
        REPLAYING,
        /** Applying records as they come. */
        LIVE
    }

    /** The region's name. */
    String region();

    /** Where it stands. */
    State state();

    /** What is applied, or null before the first join. */
    @Nullable
    Position position();

    /** How many records are known to exist behind the position; 0 when caught up. */
    long lagRecords();

    /** How many live members the region has, this one included, as of a few heartbeats ago; 0 before that is known. */
    int liveMembers();

    /** As of when all is applied. */
    Confirmation confirmation();

    /**
     * Waits until a position is applied. For a position of another epoch: until a confirmation that began after this call;
     * if the epoch still differs then, a reset has covered it.
     *
     * @return completes with true once that is so, with false if it is not so in time
     */
    CompletableFuture<Boolean> awaitPosition(Position position, Duration timeout);
}
