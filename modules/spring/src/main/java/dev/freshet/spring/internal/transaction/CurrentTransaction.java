package dev.freshet.spring.internal.transaction;

import dev.freshet.cache.Mark;
import org.jspecify.annotations.Nullable;

/** A transaction, which may have ended since. Safe to use from any thread. */
public interface CurrentTransaction {

    /** Whether it cannot have changed anything, so that what it reads is what others read. */
    boolean isReadOnly();

    /**
     * Whether others are within it or around it, which end at other times: when it commits, a value that was written may be in the database
     * already, or not yet.
     */
    boolean isOneOfSeveral();

    /** Returns the mark that was taken before it began; null if none was: then nothing that it reads may be stored. */
    @Nullable
    Mark markOf(CacheRegion cache);

    /** Whether an eviction that waits for the commit concerns the key: then the cached value is older than what this one reads. */
    boolean hides(CacheRegion cache, String key, boolean hasTags);

    /**
     * Lets a change wait for the commit. Returns false if the caller is to publish it at once: the transaction has ended, or it is one of
     * several.
     */
    boolean defer(CacheRegion cache, Eviction eviction);

    /** Lets a write-through wait for the commit. Returns false if the transaction has ended: the caller is to do it. */
    boolean defer(CacheRegion cache, Written written);

    /** Lets a store wait for the commit; it is dropped with a rollback. */
    void storeAfterCommit(PendingStore store);
}
