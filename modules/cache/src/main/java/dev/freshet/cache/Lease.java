package dev.freshet.cache;

import dev.freshet.cache.internal.store.LeaseToken;
import org.jspecify.annotations.Nullable;

/**
 * What a miss hands out before its load begins: a store under it is kept only if nothing that covers the value was
 * invalidated since. Good for one store. Safe to pass between threads.
 */
public final class Lease {

    public enum State {
        LIVE,
        USED,
        INVALIDATED,
        EXPIRED
    }

    private final String key;
    private final LeaseToken token;
    public final boolean expires;
    public final long deadlineNanos;

    // All below is guarded by the key's stripe.
    public State state = State.LIVE;

    @Nullable
    public Lease previous;

    @Nullable
    public Lease next;

    public Lease(String key, LeaseToken token, boolean expires, long deadlineNanos) {
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
    public long counter() {
        return token.counter();
    }

    public long id() {
        return token.id();
    }

    public long life() {
        return token.life();
    }

    @Override
    public String toString() {
        return "Lease[" + token() + "]";
    }
}
