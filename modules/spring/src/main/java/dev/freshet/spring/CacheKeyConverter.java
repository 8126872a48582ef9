package dev.freshet.spring;

import org.jspecify.annotations.Nullable;

/**
 * Turns keys of a type that the application has made into the texts under which a region knows them; see {@link FreshetCacheManager} for
 * the types that need none. Two keys that are not equal must have different texts, in every process and release. Must be safe to use from
 * any thread.
 *
 * <pre>{@code
 * CacheKeyConverter users = (cache, key) -> key instanceof UserId id ? "user:" + id.number() : null;
 * }</pre>
 */
@FunctionalInterface
public interface CacheKeyConverter {

    /**
     * Returns a key's text. It is the key's name in invalidations, as a key that is a {@link String} with this text.
     *
     * @param cache the name of the cache
     * @param key the key, or a part of one that is made of several
     * @return null if this converter does not know keys of this type
     */
    @Nullable
    String textOf(String cache, Object key);
}
