package dev.freshet.cache;

/**
 * Writes the source. When it returns, what it wrote is committed: it begins and ends its own transaction, and is never called
 * within another.
 *
 * @param <X> what it may throw; {@link RuntimeException} where that is nothing
 */
@FunctionalInterface
public interface SourceWrite<X extends Exception> {

    /**
     * Writes and commits.
     *
     * @param context takes what is known of the new value: tags, how long it may be kept, its version
     */
    void run(LoadContext context) throws X;
}
