package dev.freshet.bus;

/**
 * Hears what a publisher does; for metrics and logs. Called on the publisher's threads: implementations return at once.
 * What they throw is contained and logged.
 */
public interface PublisherListener {

    /** Hears nothing. */
    PublisherListener NONE = new PublisherListener() {};

    /**
     * Records of one region were appended and acknowledged.
     *
     * @param records how many
     * @param invalidations how many they carry
     * @param elapsedNanos of the round trip that carried them
     */
    default void appended(String region, int records, int invalidations, long elapsedNanos) {}

    /** Invalidations were dropped because an equal one goes in the same append. */
    default void duplicatesDropped(String region, int duplicates) {}

    /** Changes were refused. */
    default void refused(UnavailableException.Reason reason, int changes) {}

    /** A change claimed a time in the future, beyond the clock's error; the moment of acceptance was taken instead. */
    default void changedInFuture(String region) {}

    /** A new epoch of the region's log began with an append of ours. */
    default void epochBegan(String region) {}

    /** The server's identity changed, and what the former had acknowledged lately was appended again. */
    default void appendedAgain(String region, int records) {}

    /**
     * An append that its caller had sent came to no answer, or to one of a server that is not the one to ask; the appending
     * thread takes it up again.
     */
    default void handedBack(String region) {}

    /** The connection to a node was established; the first time, and after each loss. */
    default void connected(String node) {}

    /** The connection to a node was lost, or could not be made. */
    default void disconnected(String node, String why) {}
}
