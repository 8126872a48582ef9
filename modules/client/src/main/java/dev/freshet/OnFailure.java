package dev.freshet;

/** What becomes of an invalidation that Redis does not acknowledge in time. In either case this process evicts it at once. */
public enum OnFailure {
    /**
     * The change waits in a bounded queue of this process and is repeated in the background until Redis acknowledges it. The caller
     * gets {@link Published.Queued}. The queue ends with the process: what it holds then is lost, unless a source of changes, such
     * as an outbox, follows the database.
     */
    QUEUE,
    /** The caller gets the fault, and decides. Nothing is repeated. */
    THROW
}
