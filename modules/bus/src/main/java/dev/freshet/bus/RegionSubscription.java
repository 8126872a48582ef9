package dev.freshet.bus;

import dev.freshet.schema.Position;
import java.time.Duration;
import java.util.OptionalLong;
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
     * What went wrong last on the way to a confirmation, in a sentence, or null if nothing did since the last one: the server
     * cannot be reached, is a replica, is too old, or refuses a command.
     */
    default @Nullable String trouble() {
        return null;
    }

    /** How far this process's idea of the Redis clock may be off; empty if that is unknown, and so staleness is not measured. */
    default OptionalLong clockErrorMicros() {
        return OptionalLong.empty();
    }

    /**
     * Waits until a position is applied. For a position of another epoch: until a confirmation that began after this call;
     * if the epoch still differs then, a reset has covered it.
     *
     * @return completes with true once that is so, with false if it is not so in time
     */
    CompletableFuture<Boolean> awaitPosition(Position position, Duration timeout);
}
