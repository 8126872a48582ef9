package dev.freshet.cache;

/** What a region does while it is unconfirmed for longer than its bound. */
public enum UnconfirmedPolicy {
    /** Goes on serving what it holds, and says so. */
    SERVE,
    /**
     * Makes every read a miss until it is confirmed again. Entries are kept, leases are handed out and stores under them
     * are kept as usual: they become readable with the next confirmation, if nothing that was missed evicts them.
     */
    BYPASS
}
