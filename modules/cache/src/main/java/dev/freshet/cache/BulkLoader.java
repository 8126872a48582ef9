package dev.freshet.cache;

import java.util.Map;
import java.util.Set;

/** Loads several values that are not cached, in one step. */
@FunctionalInterface
public interface BulkLoader<V> {

    /**
     * Loads the values. Called once, without locks held, by the thread that wants them.
     *
     * @param keys what is not cached: at least one key, each once; cannot be changed
     * @param context takes what the load knows about each value: tags, limits, version
     * @return the values of those keys that have one; other keys in it are ignored. The absence of a value is cached only after {@link
     *     LoadContext#cacheAbsence}
     * @throws Exception reaches the caller as the cause of a {@link LoadException}; nothing is cached then
     */
    Map<String, V> load(Set<String> keys, BulkLoadContext context) throws Exception;
}
