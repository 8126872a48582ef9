package dev.freshet.cache;

import org.jspecify.annotations.Nullable;

/**
 * What a miss hands out before its load begins: a store under it is kept only if nothing that covers the value was
 * invalidated since. Good for one store. Safe to pass between threads.
 */
public final class Lease {

    enum State {
        LIVE,
        USED,
        INVALIDATED,
        EXPIRED
    }

    private final String key;
    private final LeaseToken token;
    final boolean expires;
    final long deadlineNanos;

    // All below is guarded by the key's stripe.
    State state = State.LIVE;

    @Nullable
    Lease previous;

    @Nullable
    Lease next;

    Lease(String key, LeaseToken token, boolean expires, long deadlineNanos) {
        this.key = key;
        this.token = token;
        this.expires = expires;
        this.deadlineNanos = deadlineNanos;
    }

    /** The key that may be stored. */
    public String key() {
        return key;
    }

    /** This lease as text that is safe in a URL and in a header. It means something to the cache that handed it out only. */
    public String token() {
        return token.encode();
    }

    /** The value of the region's counter when this lease was handed out. */
    long counter() {
        return token.counter();
    }

    long id() {
        return token.id();
    }

    long life() {
        return token.life();
    }

    @Override
    public String toString() {
        return "Lease[" + token() + "]";
    }
}
