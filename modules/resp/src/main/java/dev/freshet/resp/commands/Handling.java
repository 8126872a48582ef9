package dev.freshet.resp.commands;

/** What is done with a command. */
public enum Handling {
    /** Reads without waiting: passed on, and what follows may be answered here before it is. */
    READ,
    /** Changes no keys: passed on. */
    PASS,
    /** May have changed the keys that it names: they are evicted before it is answered. */
    EVICT,
    /** May have changed keys that only Redis knows: it is answered once their invalidations have arrived. */
    BARRIER,
    /** May have changed every key: all copies are dropped before it is answered. */
    DROP_ALL,
    /** Says who the client is. */
    AUTH,
    /** Chooses the protocol, and may say who the client is. */
    HELLO,
    /** Chooses the database. */
    SELECT,
    /** Makes the connection a fresh one. */
    RESET,
    /** Begins a transaction. */
    MULTI,
    /** Ends a transaction. */
    EXEC,
    /** Gives a transaction up. */
    DISCARD,
    /** Watches keys for a transaction: from now on the client must see what Redis has. */
    WATCH,
    /** Ends the watching. */
    UNWATCH,
    /** Subscribes or unsubscribes: in RESP2, nothing but messages comes from then on. */
    SUBSCRIBE,
    /** Answers no longer follow commands one by one: from here on, all bytes are passed on as they are. */
    RAW,
    /** A read that says what its answer is worth. */
    EXACT_READ,
    /** Appends an invalidation to a region's log. */
    INVALIDATE,
    /** Not for a connection that goes through this port. */
    REFUSE
}
