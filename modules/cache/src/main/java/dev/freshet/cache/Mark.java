package dev.freshet.cache;

/**
 * A moment in the life of a region in this process. Take one with {@link RegionCache#mark} before a transaction of the source begins,
 * and load within that transaction {@linkplain RegionCache#get(String, Loader, Mark) since the mark}.
 *
 * <p>A transaction that reads from a snapshot (REPEATABLE READ, which is the default of MariaDB and MySQL; SERIALIZABLE; snapshots of
 * PostgreSQL) goes on to read rows as they were when it began. A lease that is handed out later does not know that. Without a mark, a
 * value that was invalidated between the two is loaded in its old form, and kept.
 *
 * <p>A mark costs nothing while it is kept, and need not be closed. It is good for any number of loads, on any thread, until it is
 * forgotten. Only the region that it was taken from knows it. The first mark of a region makes it remember, in 128 KiB, when keys
 * were invalidated.
 */
public interface Mark {

    /** Returns the name of the region that it was taken from. */
    String region();
}
