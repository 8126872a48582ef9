package dev.freshet.bus;

import dev.freshet.schema.Position;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What a subscriber knows about one region. Safe to use from any thread; never blocks. */
public interface RegionSubscription {

    /** What the subscription is doing. */
    enum State {
        /** There is no connection. */
        DISCONNECTED,
        /** Connected; the head of the log is not known yet. */
        JOINING,
        /** Reading missed records from the log. */
        REPLAYING,
        /** Applying records as they arrive. */
        LIVE
    }

    /** Returns the region's name. */
    String region();

    /** Returns what the subscription is doing. */
    State state();

    /** Returns the position up to which the log is applied, or null before the first join. */
    @Nullable
    Position position();

    /** Returns how many records are known to exist behind the position; 0 when caught up. */
    long lagRecords();

    /** Returns how many live members the region had a few heartbeats ago, with this one; 0 before that is known. */
    int liveMembers();

    /** Returns the moment up to which everything is applied. */
    Confirmation confirmation();

    /**
     * Returns why the last attempt to confirm failed, in a sentence: the server cannot be reached, is a replica, is too old, or
     * refuses a command. Null if it succeeded.
     */
    default @Nullable String trouble() {
        return null;
    }

    /** Returns how far the estimate of the Redis clock may be off; empty if that is unknown: then staleness is not measured. */
    default OptionalLong clockErrorMicros() {
        return OptionalLong.empty();
    }

    /**
     * Waits until the region has joined and been confirmed for the first time: what is appended from then on is applied, or the
     * region is reset. Callbacks run in a pool of the bus, or on the calling thread.
     *
     * @return completes then; exceptionally, with a {@link BusException}, if the region is left before. Each call returns another
     *     future
     */
    CompletableFuture<Void> caughtUp();

    /**
     * Waits until a position is applied. A position of another epoch counts if the region had reached it before it left that
     * epoch, or once the region adopts an epoch after this call. Otherwise it may be of another master, and does not count.
     *
     * @return completes with true once the position is applied, or with false after the timeout
     */
    CompletableFuture<Boolean> awaitPosition(Position position, Duration timeout);
}
