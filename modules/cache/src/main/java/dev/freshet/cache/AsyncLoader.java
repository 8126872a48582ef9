package dev.freshet.cache;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Loads a value that is not cached, without holding a thread meanwhile. */
@FunctionalInterface
public interface AsyncLoader<V> {

    /**
     * Begins to load the value. Called without locks held. Must not block: it may run on a thread that other callers' answers need.
     *
     * @param key the key
     * @param context takes what the load knows about the value: tags, limits, version; to be used until the stage completes
     * @return completes with the value, or with null if there is none; the absence is cached only after {@link
     *     LoadContext#cacheAbsence}. If it fails, nothing is cached, and every caller that waits gets a {@link LoadException}
     * @throws Exception counts as a stage that fails
     */
    CompletionStage<? extends @Nullable V> load(String key, LoadContext context) throws Exception;
}
