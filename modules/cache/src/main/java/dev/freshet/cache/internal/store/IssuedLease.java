package dev.freshet.cache.internal.store;

import dev.freshet.cache.Lease;
import org.jspecify.annotations.Nullable;

/** A lease as the cache that handed it out knows it. Its mutable fields are guarded by the key's {@link KeyStripe}. */
public final class IssuedLease implements Lease {

    /** Whether a store under the lease may still be kept, and if not, why. */
    enum State {
        LIVE,
        USED,
        INVALIDATED,
        EXPIRED
    }

    private final String key;
    private final LeaseToken token;

    /** Whether the lease has a time to live; one that belongs to a load in flight ends with that load. */
    final boolean expires;

    /** When it expires; if it does not, until when others wait for its load. */
    final long deadlineNanos;

    State state = State.LIVE;

    /** Whether nobody waits any more for what is loaded under it. */
    boolean isAbandoned;

    /** The neighbours in the chain of the key's live leases: the next newer and the next older one. */
    @Nullable
    IssuedLease previous;

    @Nullable
    IssuedLease next;

    IssuedLease(String key, LeaseToken token, boolean expires, long deadlineNanos) {
        this.key = key;
        this.token = token;
        this.expires = expires;
        this.deadlineNanos = deadlineNanos;
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public String token() {
        return token.encode();
    }

    /** The value of the region's counter when this lease was handed out. */
    long counter() {
        return token.counter();
    }

    /** Counts the leases of one cache. */
    long id() {
        return token.id();
    }

    /** The random identity of the cache that handed it out. */
    long life() {
        return token.life();
    }

    @Override
    public String toString() {
        return "Lease[" + token() + "]";
    }
}
