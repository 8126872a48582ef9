package dev.freshet.cache;

/** What a region does while it is unconfirmed for longer than its bound. */
public enum UnconfirmedPolicy {
    /** Goes on serving cached values, and marks its answers {@link ServingState#UNCONFIRMED}. */
    SERVE,
    /**
     * Makes every read a miss until the region is confirmed again. Entries, leases and stores are kept as usual. Entries become
     * readable with the next confirmation, unless an invalidation that arrived late evicts them.
     */
    BYPASS
}
