package dev.freshet.cache;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;

/**
 * Takes what a {@link Loader} knows about its value. To be used by the loading thread, during the load. Each method returns
 * this context.
 */
public interface LoadContext {

    /** Adds tags; see {@link StoreOptions#tags(Collection)}. */
    LoadContext tags(String... tags);

    /** Adds tags; see {@link StoreOptions#tags(Collection)}. */
    LoadContext tags(Collection<String> tags);

    /** See {@link StoreOptions#ttl(Duration)}. */
    LoadContext ttl(Duration ttl);

    /** See {@link StoreOptions#deadline(Instant)}. */
    LoadContext deadline(Instant deadline);

    /** See {@link StoreOptions#version(long)}. */
    LoadContext version(long version);

    /**
     * Caches that there is no value, should the load return null. The cache knows no tags of a row that does not exist: an
     * invalidation that announces its creation must name the key or a prefix.
     */
    LoadContext cacheAbsence();

    /** Returns the value to the callers of this load and keeps nothing. */
    LoadContext doNotStore();
}
