package dev.freshet.sources;

/**
 * Reads changes from one place and publishes them. A {@link SourceRunner} calls {@link #run} in a thread of its own, again
 * after each failure, until it is closed. Between two calls an instance keeps only state that a failure does not invalidate.
 */
public interface Source {

    /**
     * Reads changes and publishes them. Returns when the session is stopping. Throws when something fails; the runner calls
     * again after a pause. A change counts as read only after the publisher has acknowledged it.
     *
     * @throws SourceException with a message for people. The runner reports any other exception with its class name
     */
    void run(SourceSession session) throws Exception;
}
