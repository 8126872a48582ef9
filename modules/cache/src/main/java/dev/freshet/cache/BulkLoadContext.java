package dev.freshet.cache;

/** Takes what a {@link BulkLoader} knows about its values. To be used by the loading thread, during the load. */
@FunctionalInterface
public interface BulkLoadContext {

    /**
     * Returns the context of one key.
     *
     * @throws IllegalArgumentException if it is not among the keys that are loaded
     */
    LoadContext of(String key);
}
