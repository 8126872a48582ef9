package dev.freshet.cache.internal.region;

import dev.freshet.schema.Selector;

/** What lies behind a region's cache, from where a read may bring a value back. Called without locks held; must not block. */
public interface Backing {

    /**
     * What is selected is about to be evicted here a second time. From the return on, no read takes it from behind; as soon
     * as it is gone there, it is evicted here once more.
     *
     * @param version entries at or above it stay here; negative: none does
     */
    void evictAgain(Selector selector, long version);

    /** Does what is due, for a cache without a scheduler. */
    void sweep();

    /** Ends what happens in the background. */
    void close();
}
