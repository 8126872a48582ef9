package dev.freshet.demo.app;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Users behind a cache of this process. Methods block. Safe to use from any thread. */
interface CachedUsers extends AutoCloseable {

    /** Reads a user from the database. */
    @FunctionalInterface
    interface Source {
        /** Returns the user; null if there is none. */
        @Nullable
        User load(long id) throws Exception;
    }

    /** Returns a user from the cache, else from the source; null if there is none. */
    @Nullable
    User find(long id, Source source) throws Exception;

    /**
     * Tells every replica that a user was changed. Called after the commit.
     *
     * @return the position in the log, like {@code 0123456789abcdef-412}; empty if there is no log
     */
    String changed(User user, Instant committedAt) throws Exception;

    /**
     * Returns what happened since, for the demo's picture.
     *
     * @param number the number of the first line that is wanted
     */
    List<String> report(long number);

    @Override
    void close();
}
