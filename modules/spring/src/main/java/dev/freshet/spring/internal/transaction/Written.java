package dev.freshet.spring.internal.transaction;

import dev.freshet.cache.Mark;
import dev.freshet.cache.StoreOptions;

/**
 * What a method has written.
 *
 * @param since a mark from before the method was called
 */
public record Written(String key, Object value, StoreOptions options, Mark since) {

    /** Evicts the key everywhere, and caches the value if nothing else concerned the key since the mark. */
    public void publish(CacheRegion region) {
        region.open().written(key, value, since, options);
    }
}
