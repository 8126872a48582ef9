package dev.freshet.cache;

import dev.freshet.bus.Receipt;
import org.jspecify.annotations.Nullable;

/**
 * What became of a write whose database part is done.
 *
 * @param receipt where the invalidation stands in the log; null if that is not known
 * @param isStored whether the new value is cached here; if not, the next reader loads it
 * @param fault why the invalidation may not be in the log; null if it is. The database has the new value all the same: say
 *     it again ({@link CachedRegion#afterWrite}), or leave it to a source that follows the database
 */
public record WriteResult(
        @Nullable Receipt receipt,
        boolean isStored,
        @Nullable Throwable fault) {

    /** Whether every replica is told. */
    public boolean isPublished() {
        return receipt != null;
    }
}
