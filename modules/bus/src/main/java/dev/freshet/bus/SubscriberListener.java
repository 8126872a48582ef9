package dev.freshet.bus;

import dev.freshet.schema.Decoded;

/**
 * Hears what a subscriber does; for metrics and logs. Called on the subscriber's threads: implementations return at once.
 * What they throw is logged and goes no further.
 */
public interface SubscriberListener {

    /** Hears nothing. */
    SubscriberListener NONE = new SubscriberListener() {};

    /**
     * A record was applied. Both times are on the Redis clock, as this process estimates it.
     *
     * @param receivedAtMicros when the record had arrived
     * @param evictedAtMicros when no reader could find any longer what it names
     * @param replayed whether it came from the log, not from the channel
     */
    default void applied(
            String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {}

    /** A record arrived whose sequence was already applied. */
    default void duplicate(String region) {}

    /** Records are missing between the position and the record that arrived. */
    default void gap(String region) {}

    /** The region was reset. */
    default void reset(String region, ResetReason reason) {}

    /** A record or message was refused. */
    default void refused(String region, Decoded.Refusal refusal) {}

    /** There were too many live records to hold during a replay; they are read from the log instead. */
    default void bufferOverflowed(String region) {}

    /** The subscription to a node was established; the first time, and after each loss. */
    default void connected(String node) {}

    /** The connection to a node was lost, or was closed on purpose. */
    default void disconnected(String node, String why) {}

    /** A heartbeat failed: the regions stay unconfirmed. */
    default void heartbeatFailed(String node, String why) {}

    /** Returns a listener that calls this one, then the other one: also if this one throws. */
    default SubscriberListener andThen(SubscriberListener other) {
        return new BothSubscriberListeners(this, other);
    }
}
