package dev.freshet.spring.internal.transaction;

import dev.freshet.Region;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Mark;
import org.jspecify.annotations.Nullable;

/** The region of one cache, which says that the cache is closed when it is. */
public final class CacheRegion {

    private final String cache;
    private final Region<Object> region;
    private volatile boolean isClosed;

    public CacheRegion(String cache, Region<Object> region) {
        this.cache = cache;
        this.region = region;
    }

    /** Returns the region, open or not. */
    public Region<Object> region() {
        return region;
    }

    /**
     * Returns the region.
     *
     * @throws IllegalStateException if it is closed; the message says what to use instead
     */
    public Region<Object> open() {
        if (isClosed()) {
            throw new IllegalStateException("cache \"" + cache
                    + "\" is closed, because its FreshetCacheManager or the Freshet below is: use those of the application context"
                    + " that is running");
        }
        return region;
    }

    public boolean isClosed() {
        if (!isClosed) {
            try {
                region.state();
            } catch (IllegalStateException closed) {
                isClosed = true;
            }
        }
        return isClosed;
    }

    /** Marks this moment; null if the cache is closed. */
    @Nullable
    public Mark mark() {
        try {
            return region.mark();
        } catch (IllegalStateException closed) {
            return null;
        }
    }

    /** Ends a lease under which nothing is stored; null: does nothing. */
    public void release(@Nullable Lease lease) {
        if (lease != null) {
            try {
                region.release(lease);
            } catch (IllegalStateException closed) {
                // It has ended with the region.
            }
        }
    }

    public void close() {
        isClosed = true;
        region.close();
    }

    @Override
    public String toString() {
        return "FreshetCache[" + cache + "]";
    }
}
