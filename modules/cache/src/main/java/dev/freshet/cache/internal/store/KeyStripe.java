package dev.freshet.cache.internal.store;

import dev.freshet.cache.Refusal;
import dev.freshet.cache.internal.fence.VersionFences;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a share of the keys besides their entries: leases, loads in flight, versions. Each method is to be called
 * with this object's monitor held, which {@link CoherentStore} holds for every change of these keys' entries too.
 */
public final class KeyStripe<V> {

    /** The leases under which a store would be kept as far as their key is concerned: a chain a key. */
    private final Map<String, IssuedLease> live = new HashMap<>();

    /** The leases with a time to live, dead ones too, so that a late store hears why; in the order in which they end. */
    private final LinkedHashMap<Long, IssuedLease> issued = new LinkedHashMap<>();

    private long expiredThroughId;

    public final Map<String, Flight<V>> flights = new HashMap<>();
    final VersionFences versions;
    final InvalidatedKeys invalidated;

    KeyStripe(VersionFences versions, InvalidatedKeys invalidated) {
        this.versions = versions;
        this.invalidated = invalidated;
    }

    int issuedLeases() {
        return issued.size();
    }

    void add(IssuedLease lease) {
        IssuedLease head = live.put(lease.key(), lease);
        lease.next = head;
        if (head != null) {
            head.previous = lease;
        }
        if (lease.expires) {
            issued.put(lease.id(), lease);
        }
    }

    /** Adds a lease under which nothing may be stored: what it would store was invalidated before. */
    void addInvalidated(IssuedLease lease) {
        lease.state = IssuedLease.State.INVALIDATED;
        if (lease.expires) {
            issued.put(lease.id(), lease);
        }
    }

    /** Returns the lease that a token names, or null if it is used or gone. */
    @Nullable
    IssuedLease issued(long id) {
        return issued.get(id);
    }

    /** The newest lease of the key under which something may still be stored as far as the key goes; the others follow it. */
    @Nullable
    IssuedLease newest(String key) {
        return live.get(key);
    }

    /** Why a lease of this life that is not here any more is gone. */
    Refusal gone(long id) {
        return id <= expiredThroughId ? Refusal.EXPIRED : Refusal.USED;
    }

    /** Returns why a store under the lease must be refused, as far as the lease itself goes; null if it need not. */
    @Nullable
    Refusal refusing(IssuedLease lease, long nowNanos) {
        return switch (lease.state) {
            case USED -> Refusal.USED;
            case INVALIDATED -> Refusal.INVALIDATED;
            case EXPIRED -> Refusal.EXPIRED;
            case LIVE -> lease.expires && nowNanos - lease.deadlineNanos >= 0 ? Refusal.EXPIRED : null;
        };
    }

    /** Ends a live lease: no store under it any more. */
    void use(IssuedLease lease) {
        if (lease.state == IssuedLease.State.LIVE) {
            unlink(lease);
            lease.state = IssuedLease.State.USED;
            issued.remove(lease.id());
        }
    }

    /** Makes every store under an earlier lease of the key fail, and lets later callers start their own load. */
    void invalidate(String key) {
        invalidated.add(key);
        IssuedLease lease = live.remove(key);
        while (lease != null) {
            IssuedLease next = lease.next;
            lease.state = IssuedLease.State.INVALIDATED;
            lease.previous = null;
            lease.next = null;
            lease = next;
        }
        flights.remove(key);
    }

    /** Ends what is over. */
    void expire(long nowNanos) {
        Iterator<IssuedLease> eldest = issued.values().iterator();
        while (eldest.hasNext()) {
            IssuedLease lease = eldest.next();
            if (nowNanos - lease.deadlineNanos < 0) {
                break;
            }
            eldest.remove();
            expired(lease);
        }
        versions.expire(nowNanos);
    }

    /** Ends the oldest lease before its time. Returns false if there is none. */
    boolean expireOldest() {
        Iterator<IssuedLease> eldest = issued.values().iterator();
        if (!eldest.hasNext()) {
            return false;
        }
        IssuedLease lease = eldest.next();
        eldest.remove();
        expired(lease);
        return true;
    }

    private void expired(IssuedLease lease) {
        expiredThroughId = lease.id();
        if (lease.state == IssuedLease.State.LIVE) {
            unlink(lease);
            lease.state = IssuedLease.State.EXPIRED;
        }
    }

    /** The least counter among the leases under which something may still be stored, at most {@code atMost}. */
    long oldestCounter(long deadThrough, long atMost) {
        long oldest = atMost;
        for (IssuedLease head : live.values()) {
            for (IssuedLease lease = head; lease != null; lease = lease.next) {
                if (lease.counter() >= deadThrough) {
                    oldest = Math.min(oldest, lease.counter());
                }
            }
        }
        return oldest;
    }

    private void unlink(IssuedLease lease) {
        IssuedLease previous = lease.previous;
        IssuedLease next = lease.next;
        if (next != null) {
            next.previous = previous;
        }
        if (previous != null) {
            previous.next = next;
        } else if (next != null) {
            live.put(lease.key(), next);
        } else {
            live.remove(lease.key());
        }
        lease.previous = null;
        lease.next = null;
    }
}
