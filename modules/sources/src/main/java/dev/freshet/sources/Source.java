package dev.freshet.sources;

/**
 * Something that changes come from. A {@link SourceRunner} calls it in a thread of its own, again and again until it is
 * closed; an instance keeps between two calls only what is still true after a failure.
 */
public interface Source {

    /**
     * Reads changes and publishes them, until the session says to stop (then it returns) or something fails (then it throws;
     * it is called again after a pause). What it has read counts as read only when the publisher has acknowledged it.
     *
     * @throws SourceException with a message for people; any other exception is reported with its class
     */
    void run(SourceSession session) throws Exception;
}
