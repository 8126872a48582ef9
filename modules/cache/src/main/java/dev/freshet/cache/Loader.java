package dev.freshet.cache;

import org.jspecify.annotations.Nullable;

/** Loads a value that is not cached. */
@FunctionalInterface
public interface Loader<V> {

    /**
     * Loads the value. Called without locks held, by one of the threads that want it.
     *
     * @param key the key
     * @param context takes what the load knows about the value: tags, limits, version
     * @return the value, or null if there is none; the absence is cached only after {@link LoadContext#cacheAbsence}
     * @throws Exception reaches every caller that waits for this load, as the cause of a {@link LoadException}; nothing is
     *     cached then
     */
    @Nullable
    V load(String key, LoadContext context) throws Exception;
}
