package dev.freshet.cache;

import dev.freshet.bus.Receipt;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a write that the source has committed.
 *
 * @param receipt the position of the invalidation in the log; null if it is not known
 * @param isStored whether the new value is cached here; if not, the next reader loads it
 * @param fault why the invalidation may not be in the log; null if it is in the log. The database has the new value in
 *     either case: call {@link CachedRegion#afterWrite}, or leave the invalidation to a source that follows the database
 */
public record WriteResult(
        @Nullable Receipt receipt,
        boolean isStored,
        @Nullable Throwable fault) {

    /** Whether the invalidation is in the log, so that every replica applies it. */
    public boolean isPublished() {
        return receipt != null;
    }
}
