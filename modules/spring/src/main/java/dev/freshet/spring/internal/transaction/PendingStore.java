package dev.freshet.spring.internal.transaction;

/** What was loaded under a lease, and waits for the commit of a transaction. */
public interface PendingStore {

    /** Stores it, and ends the lease. */
    void store();

    /** Ends the lease; nothing is stored. */
    void drop();
}
