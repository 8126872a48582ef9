package dev.freshet.cache.internal.store;

import dev.freshet.cache.Mark;
import dev.freshet.cache.internal.fence.Fences;
import dev.freshet.cache.internal.fence.VersionFences;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The leases of a region: handed out, bounded by number and time, found again by their text. Each lies in the stripe of its
 * key, whose monitor guards it, see {@link CoherentStore}.
 */
public final class Leases<V> {

    private static final String[] NO_TAGS = {};

    private final RegionCacheConfig<V> config;
    private final Recorder recorder;
    private final Fences fences;
    private final KeyStripe<V>[] stripes;
    private final long life = new SecureRandom().nextLong();
    private final AtomicLong ids = new AtomicLong();
    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicLong invalidatedKeys;
    private volatile boolean areKeysRemembered;

    Leases(RegionCacheConfig<V> config, Recorder recorder, Fences fences) {
        this.config = config;
        this.recorder = recorder;
        this.fences = fences;
        this.invalidatedKeys = new AtomicLong();
        this.stripes = newStripes(config, invalidatedKeys);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic class
    private static <V> KeyStripe<V>[] newStripes(RegionCacheConfig<V> config, AtomicLong invalidatedKeys) {
        int count = config.stripes();
        int fencesEach = (config.maximumVersionFences() + count - 1) / count;
        KeyStripe<V>[] stripes = new KeyStripe[count];
        for (int i = 0; i < count; i++) {
            stripes[i] = new KeyStripe<>(
                    new VersionFences(fencesEach, config.versionFenceRetentionNanos()),
                    new InvalidatedKeys(invalidatedKeys, count));
        }
        return stripes;
    }

    /** The random identity of this cache, which its leases bear. */
    public long life() {
        return life;
    }

    /** The stripe that guards the key. */
    public KeyStripe<V> stripe(String key) {
        int hash = key.hashCode();
        return stripes[(hash ^ (hash >>> 16)) & (stripes.length - 1)];
    }

    // ---- Handing out

    /** Marks this moment. What is invalidated from now on is known to be later. */
    public IssuedMark mark() {
        if (!areKeysRemembered) {
            for (KeyStripe<V> stripe : stripes) {
                synchronized (stripe) {
                    stripe.invalidated.begin();
                }
            }
            areKeysRemembered = true;
        }
        return new IssuedMark(config.region(), life, fences.counter(), invalidatedKeys.get());
    }

    /**
     * Returns a mark as the one of this cache that it is.
     *
     * @throws IllegalArgumentException if it is another cache's
     */
    public IssuedMark own(Mark mark) {
        if (mark instanceof IssuedMark issued && issued.life() == life) {
            return issued;
        }
        throw new IllegalArgumentException("the mark is not of this cache of region \"" + config.region()
                + "\" but of one of region \"" + mark.region() + "\": take it from the region that loads");
    }

    /** Hands out a lease that expires, as misses do. */
    public IssuedLease issue(String key, long nowNanos) {
        return issue(key, nowNanos, null);
    }

    /**
     * Hands out a lease that expires.
     *
     * @param since the lease is as if it had been handed out at this mark; null: now
     */
    public IssuedLease issue(String key, long nowNanos, @Nullable IssuedMark since) {
        KeyStripe<V> stripe = stripe(key);
        IssuedLease lease;
        synchronized (stripe) {
            lease = issueExpiring(stripe, key, nowNanos, since);
        }
        makeRoom();
        return lease;
    }

    /** Hands out a lease if no other one of the key is good. */
    public LeaseGrant issueUnlessLoading(String key, long nowNanos) {
        KeyStripe<V> stripe = stripe(key);
        IssuedLease issued;
        synchronized (stripe) {
            for (IssuedLease lease = stripe.newest(key); lease != null; lease = lease.next) {
                long leftNanos = lease.deadlineNanos - nowNanos;
                if (leftNanos > 0 && !lease.isAbandoned && isCurrent(lease)) {
                    return new LeaseGrant(null, leftNanos);
                }
            }
            issued = issueExpiring(stripe, key, nowNanos, null);
        }
        makeRoom();
        return new LeaseGrant(issued, 0);
    }

    private IssuedLease issueExpiring(KeyStripe<V> stripe, String key, long nowNanos, @Nullable IssuedMark since) {
        IssuedLease lease = newLease(stripe, key, true, nowNanos + config.leaseTtlNanos(), since);
        outstanding.incrementAndGet();
        return lease;
    }

    /** Hands out a lease that ends with its load: whoever loads gives it back, whatever the load comes to. */
    public IssuedLease issueForLoad(String key, long nowNanos) {
        return issueForLoad(key, nowNanos, null);
    }

    /**
     * Hands out a lease that ends with its load.
     *
     * @param since the lease is as if it had been handed out at this mark; null: now
     */
    public IssuedLease issueForLoad(String key, long nowNanos, @Nullable IssuedMark since) {
        KeyStripe<V> stripe = stripe(key);
        synchronized (stripe) {
            return issueForLoad(stripe, key, nowNanos, since);
        }
    }

    /**
     * Hands out a lease that ends with its load. To be called with the stripe's monitor held.
     *
     * @param since the lease is as if it had been handed out at this mark; null: now
     */
    public IssuedLease issueForLoad(KeyStripe<V> stripe, String key, long nowNanos, @Nullable IssuedMark since) {
        return newLease(stripe, key, false, nowNanos + config.policies().loadTimeoutNanos(), since);
    }

    private IssuedLease newLease(
            KeyStripe<V> stripe, String key, boolean expires, long deadlineNanos, @Nullable IssuedMark since) {
        long counter = since == null ? fences.counter() : since.counter();
        LeaseToken token = new LeaseToken(life, fences.generation(), ids.incrementAndGet(), counter, key.hashCode());
        IssuedLease lease = new IssuedLease(key, token, expires, deadlineNanos);
        if (since != null && stripe.invalidated.isAnySince(key, since)) {
            stripe.addInvalidated(lease);
        } else {
            stripe.add(lease);
        }
        return lease;
    }

    private void makeRoom() {
        for (int i = 0; i < stripes.length && outstanding.get() > config.maximumLeases(); i++) {
            synchronized (stripes[i]) {
                while (outstanding.get() > config.maximumLeases() && stripes[i].expireOldest()) {
                    outstanding.decrementAndGet();
                    recorder.leaseExpiredEarly();
                }
            }
        }
    }

    // ---- Asking

    /** Whether this cache has handed out the lease. */
    public boolean isOurs(IssuedLease lease) {
        return lease.life() == life;
    }

    /** Whether this cache can have handed out a lease with this text for this key. */
    boolean mayHaveIssued(LeaseToken token, String key) {
        return token.life() == life && token.keyHash() == key.hashCode() && token.id() <= ids.get() && token.id() > 0;
    }

    /** Whether a caller that comes now may share the load: nothing was invalidated since that may concern it. */
    public boolean isCurrent(IssuedLease lease) {
        return lease.state == IssuedLease.State.LIVE
                && !fences.anyTagSince(lease.counter())
                && fences.newerThan(lease.counter(), lease.key(), NO_TAGS) == null;
    }

    /** Whether nothing that may concern the key was invalidated since the mark. */
    public boolean isCurrentSince(String key, long nowNanos, Mark since) {
        IssuedLease lease = issueForLoad(key, nowNanos, own(since));
        try {
            return isCurrentNow(lease);
        } finally {
            giveBack(lease);
        }
    }

    /** Like {@link #isCurrent}, for a caller that does not hold the stripe's monitor. */
    public boolean isCurrentNow(IssuedLease lease) {
        synchronized (stripe(lease.key())) {
            return isCurrent(lease);
        }
    }

    /** How many leases with a time to live are out. */
    public int outstanding() {
        return outstanding.get();
    }

    /** How many versions are remembered. */
    public int versionFences() {
        int count = 0;
        for (KeyStripe<V> stripe : stripes) {
            synchronized (stripe) {
                count += stripe.versions.size();
            }
        }
        return count;
    }

    // ---- Ending

    /** Ends a lease that nobody will store under. */
    public void giveBack(IssuedLease lease) {
        KeyStripe<V> stripe = stripe(lease.key());
        synchronized (stripe) {
            use(stripe, lease);
        }
    }

    /** Ends a lease that is known by its text. Returns whether there was such a lease. */
    public boolean giveBack(String key, LeaseToken token) {
        if (!mayHaveIssued(token, key)) {
            return false;
        }
        KeyStripe<V> stripe = stripe(key);
        synchronized (stripe) {
            IssuedLease lease = stripe.issued(token.id());
            if (lease == null
                    || !lease.key().equals(key)
                    || stripe.refusing(lease, config.time().nanoTime()) != null) {
                return false;
            }
            use(stripe, lease);
            return true;
        }
    }

    /**
     * Lets others load what is being loaded under a lease, because that takes too long. To be called with the stripe's monitor
     * held.
     *
     * @param isRunning whether the load has begun: then its lease stays good, for a late store
     */
    public void abandon(KeyStripe<V> stripe, Flight<V> flight, boolean isRunning) {
        flight.isAbandoned = true;
        flight.lease.isAbandoned = true;
        stripe.flights.remove(flight.lease.key(), flight);
        if (!isRunning) {
            use(stripe, flight.lease);
        }
    }

    /** Ends a lease. To be called with the stripe's monitor held. */
    public void use(KeyStripe<V> stripe, IssuedLease lease) {
        int before = stripe.issuedLeases();
        stripe.use(lease);
        outstanding.addAndGet(stripe.issuedLeases() - before);
    }

    /**
     * Passes through every stripe's monitor, ending what is over. Returns the least counter among the outstanding leases, at
     * most {@code atMost}. Every store that was under way at the call is done at the return.
     */
    public long passStripes(long nowNanos, long atMost) {
        long oldest = atMost;
        for (KeyStripe<V> stripe : stripes) {
            synchronized (stripe) {
                int before = stripe.issuedLeases();
                stripe.expire(nowNanos);
                outstanding.addAndGet(stripe.issuedLeases() - before);
                oldest = stripe.oldestCounter(fences.deadThrough(), oldest);
            }
        }
        return oldest;
    }
}
