package dev.freshet.cache;

/**
 * What a miss hands out before its load begins. A store under a lease is kept only if nothing that covers the value was
 * invalidated since the lease was handed out. A lease is good for one store. Safe to pass between threads.
 *
 * <p>Only the cache makes leases: a store under any other implementation is refused as {@link Refusal#FOREIGN}.
 */
public interface Lease {

    /** The key that may be stored. */
    String key();

    /** This lease as text that is safe in a URL and in a header. Only the cache that handed it out understands it. */
    String token();
}
