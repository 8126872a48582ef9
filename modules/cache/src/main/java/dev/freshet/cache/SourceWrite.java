package dev.freshet.cache;

/**
 * Writes the source. It begins its own transaction, and has committed it when it returns. It is never called within another
 * transaction.
 *
 * @param <X> the checked exception that it may throw; {@link RuntimeException} if none
 */
@FunctionalInterface
public interface SourceWrite<X extends Exception> {

    /**
     * Writes and commits.
     *
     * @param context takes what the write knows about the new value: tags, how long it may be kept, its version
     */
    void run(LoadContext context) throws X;
}
