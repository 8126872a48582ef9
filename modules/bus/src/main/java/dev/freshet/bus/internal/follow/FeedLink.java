package dev.freshet.bus.internal.follow;

import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.schema.Position;
import org.jspecify.annotations.Nullable;

/** What a {@link RegionFeed} asks of the connection that its messages come over. Any thread may call every method; none blocks. */
public interface FeedLink {

    /** The moment at which a heartbeat began, on three clocks. */
    record Beat(long nanoTime, long wallMicros, long redisMicros) {}

    /** Returns when a heartbeat began, or null if this link did not send it or has forgotten it. */
    @Nullable
    Beat beat(long heartbeat);

    /** Begins a heartbeat soon. */
    void beatNow();

    /** Reads a page of the log and passes it to {@link RegionFeed#page} or {@link RegionFeed#pageRefused}. */
    void replay(RegionFeed feed, long ticket, Position from, long upToSequence);

    /** Closes the subscribed connection and subscribes anew. */
    void resubscribe(String why);

    /** The clock of the node that the link leads to. */
    RedisClock clock();

    /** What went wrong last, or null if nothing did since the last answer to a heartbeat. */
    default @Nullable String trouble() {
        return null;
    }
}
