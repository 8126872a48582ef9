package dev.freshet.bus;

import dev.freshet.schema.Decoded;

/**
 * Hears what a subscriber does; for metrics and logs. Called on the subscriber's threads: implementations return at once.
 * What they throw is contained and logged.
 */
public interface SubscriberListener {

    /** Hears nothing. */
    SubscriberListener NONE = new SubscriberListener() {};

    /**
     * A record was applied: from the moment it had arrived to the moment no reader could find what it named.
     *
     * @param receivedAtMicros on the Redis clock, as this process estimates it
     * @param evictedAtMicros on the same
     * @param replayed whether it came from the log rather than from the channel
     */
    default void applied(
            String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {}

    /** A record arrived whose sequence was already applied. */
    default void duplicate(String region) {}

    /** Records are missing between the position and what just arrived. */
    default void gap(String region) {}

    /** The region was reset. */
    default void reset(String region, ResetReason reason) {}

    /** A record or message was refused. */
    default void refused(String region, Decoded.Refusal refusal) {}

    /** Live records were dropped during a replay because there were too many to hold; they are read from the log. */
    default void bufferOverflowed(String region) {}

    /** The subscription to a node was established; the first time, and after each loss. */
    default void connected(String node) {}

    /** The connection to a node was lost, or given up. */
    default void disconnected(String node, String why) {}

    /** A heartbeat failed: the regions stay unconfirmed. */
    default void heartbeatFailed(String node, String why) {}
}
