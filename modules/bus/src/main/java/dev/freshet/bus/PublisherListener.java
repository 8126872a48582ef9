package dev.freshet.bus;

import dev.freshet.schema.Position;
import dev.freshet.schema.TraceContext;
import java.util.List;

/**
 * Hears what a publisher does; for metrics and logs. Called on the publisher's threads: implementations return at once.
 * What they throw is logged and goes no further. A listener that waits for a publisher's future gets an
 * {@link IllegalStateException}.
 */
public interface PublisherListener {

    /** Hears nothing. */
    PublisherListener NONE = new PublisherListener() {};

    /**
     * Records of one region were appended and acknowledged.
     *
     * @param records how many records
     * @param invalidations how many invalidations they carry
     * @param elapsedNanos how long the round trip took that carried them
     */
    default void appended(String region, int records, int invalidations, long elapsedNanos) {}

    /**
     * A record was appended and acknowledged that carries changes of spans which somebody records. For each such record, and before {@link
     * #appended}.
     *
     * @param at its position
     * @param loggedAtMicros when it was appended, on the Redis clock
     * @param elapsedNanos how long the round trip took that carried it
     * @param traces the spans in which its changes were accepted; at least one
     */
    default void traced(
            String region, Position at, long loggedAtMicros, long elapsedNanos, List<TraceContext> traces) {}

    /** Invalidations were dropped because the append holds an equal one. */
    default void duplicatesDropped(String region, int duplicates) {}

    /** Changes were refused. */
    default void refused(UnavailableException.Reason reason, int changes) {}

    /** A change claimed a time in the future, beyond the clock's error; the moment of its acceptance was written instead. */
    default void changedInFuture(String region) {}

    /** A new epoch of the region's log began with an append of this publisher. */
    default void epochBegan(String region) {}

    /** The server's identity changed, and records that the former server had acknowledged lately were appended again. */
    default void appendedAgain(String region, int records) {}

    /**
     * Acknowledged records of a region may have been lost with a former server, and were not kept to be appended again.
     *
     * @param isInvalidated true: the region was invalidated as a whole in their place; false: that will not happen, because
     *     too many regions have such records to remember them all
     */
    default void recordsUnproven(String region, boolean isInvalidated) {}

    /** A region was removed from Redis: nobody had followed it, or appended to it, for the time that the configuration says. */
    default void regionExpired(String region) {}

    /**
     * An append that its caller had sent got no answer, or one of a server that is no longer the master. The appending thread
     * repeats it.
     */
    default void handedBack(String region) {}

    /** The connection to a node was established; the first time, and after each loss. */
    default void connected(String node) {}

    /** The connection to a node was lost, or could not be made. */
    default void disconnected(String node, String why) {}

    /** Returns a listener that calls this one, then the other one: also if this one throws. */
    default PublisherListener andThen(PublisherListener other) {
        return new BothPublisherListeners(this, other);
    }
}
