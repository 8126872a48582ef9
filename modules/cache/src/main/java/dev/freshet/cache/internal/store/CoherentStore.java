package dev.freshet.cache.internal.store;

import dev.freshet.cache.Lease;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.fence.Fence;
import dev.freshet.cache.internal.fence.Fences;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a region, and why nothing that was invalidated comes back.
 *
 * <h2>Keys</h2>
 *
 * Each key belongs to a {@link KeyStripe}. Its monitor is held for every change of the key's entry, for handing out a lease
 * and for storing under it; reads take no lock. So an invalidation of a key is one step: it kills the key's outstanding
 * leases and loads, then removes the entry. A store that had the monitor before is removed; one that gets it after finds its
 * lease dead. Leases are found by their very key, so none dies for a neighbour's hash.
 *
 * <h2>Tags, prefixes, all, reset</h2>
 *
 * The region has a counter that only grows ({@link Fences}). A broad invalidation makes its fence visible with the next value,
 * then moves the counter there: that is the moment it takes effect. Four rules make this sound.
 *
 * <ol>
 *   <li>A lease bears the counter as it was when the lease was handed out, before the load began. A store is refused if a
 *       fence newer than that concerns its key or tags.
 *   <li>An entry bears the counter up to which it is known to be good: at first the one read <em>before</em> the store
 *       looked at the fences. Whoever reads an entry older than the counter looks at the fences, and moves the mark to the
 *       counter that was read before looking. A store that is overtaken between its look and its insert therefore leaves an
 *       entry that is older than what overtook it, and no one gets to read it.
 *   <li>A fence is visible before the counter shows it, and whoever decides something by a fence that the counter does not
 *       show yet moves the counter first. So all threads see one order.
 *   <li>A fence is forgotten only when nothing older can ask for it. The {@code Sweeper} reads the counter C, passes through
 *       every stripe's monitor (a store that looked at the fences before C has then inserted what it stores, and every
 *       lease handed out later bears C or more), takes the least counter L among the outstanding leases, and visits all
 *       entries, which removes them or marks them C. Fences up to min(C, L) are forgotten after that. A reader that began before
 *       and looks too late finds that its entry's mark is older than what is forgotten, and refuses it.
 * </ol>
 *
 * A reset is an invalidation of everything that also begins a new generation of leases; whatever is older than it needs no
 * other fence, so those are forgotten at once, unless the reset is spread ({@link ResetSpread}): leases and loads die all the
 * same, but entries older than it stay readable, each until its moment. Their mark stays below the reset's counter, which
 * tells them from what was stored since; they ask for the fences on every read; and until the last moment the fences that
 * they may ask for are not forgotten. Storing without a lease is storing under a lease of this moment, which is
 * why it waives the promise.
 *
 * <p>Order of monitors: a stripe, then Caffeine's own; {@link Fences} by itself. Listeners are called with none held.
 */
public final class CoherentStore<V> {

    private final RegionCacheConfig<V> config;
    private final Recorder recorder;
    private final Fences fences;
    private final EntryTable<V> entries;
    private final Leases<V> leases;
    private final EntryFactory<V> newEntries;

    public CoherentStore(RegionCacheConfig<V> config, Recorder recorder, Executor maintenance) {
        this.config = config;
        this.recorder = recorder;
        this.fences =
                new Fences(config.maximumBroadInvalidations(), config.policies().failSafeNanos() > 0);
        this.entries = new EntryTable<>(config, recorder, fences, maintenance);
        this.leases = new Leases<>(config, recorder, fences);
        this.newEntries = new EntryFactory<>(config, leases.life());
    }

    public Fences fences() {
        return fences;
    }

    public EntryTable<V> entries() {
        return entries;
    }

    public Leases<V> leases() {
        return leases;
    }

    // ---- The way of a store: what the lease names, its fences, the insert

    /** Stores under a lease that the caller holds as an object. */
    public StoreResult store(Lease lease, @Nullable V value, StoreOptions options) {
        if (!(lease instanceof IssuedLease issued) || !leases.isOurs(issued)) {
            return StoreResult.refused(Refusal.FOREIGN);
        }
        long nowNanos = config.time().nanoTime();
        Entry.Details details = Expiration.details(options, config.time(), nowNanos);
        long weightBytes = weigh(issued.key(), value, details);
        KeyStripe<V> stripe = leases.stripe(issued.key());
        synchronized (stripe) {
            return storeUnder(stripe, issued, value, details, weightBytes, nowNanos);
        }
    }

    /** Stores under a lease that the caller knows as text. */
    public StoreResult store(String key, LeaseToken token, @Nullable V value, StoreOptions options) {
        long nowNanos = config.time().nanoTime();
        Entry.Details details = Expiration.details(options, config.time(), nowNanos);
        return leases.mayHaveIssued(token, key)
                ? storeIssued(key, token, value, details, weigh(key, value, details), nowNanos)
                : StoreResult.refused(Refusal.FOREIGN);
    }

    /** Refuses as too large what was loaded under a lease that the caller knows as text. */
    public StoreResult storeTooLarge(String key, LeaseToken token, StoreOptions options) {
        long nowNanos = config.time().nanoTime();
        Entry.Details details = Expiration.details(options, config.time(), nowNanos);
        return leases.mayHaveIssued(token, key)
                ? storeIssued(key, token, null, details, Long.MAX_VALUE, nowNanos)
                : StoreResult.refused(Refusal.FOREIGN);
    }

    private StoreResult storeIssued(
            String key, LeaseToken token, @Nullable V value, Entry.Details details, long weightBytes, long nowNanos) {
        KeyStripe<V> stripe = leases.stripe(key);
        synchronized (stripe) {
            IssuedLease lease = stripe.issued(token.id());
            if (lease == null) {
                return StoreResult.refused(
                        token.generation() == fences.generation() ? stripe.gone(token.id()) : Refusal.RESET);
            }
            return lease.key().equals(key)
                    ? storeUnder(stripe, lease, value, details, weightBytes, nowNanos)
                    : StoreResult.refused(Refusal.FOREIGN);
        }
    }

    /** Stores without a lease: as if the load had begun now. */
    public StoreResult storeUnleased(String key, @Nullable V value, StoreOptions options) {
        long nowNanos = config.time().nanoTime();
        Entry.Details details = Expiration.details(options, config.time(), nowNanos);
        return storeUnleased(key, value, details, weigh(key, value, details), nowNanos);
    }

    /** Refuses as too large what was loaded without a lease. */
    public StoreResult storeTooLarge(String key, StoreOptions options) {
        long nowNanos = config.time().nanoTime();
        Entry.Details details = Expiration.details(options, config.time(), nowNanos);
        return storeUnleased(key, null, details, Long.MAX_VALUE, nowNanos);
    }

    private StoreResult storeUnleased(
            String key, @Nullable V value, Entry.Details details, long weightBytes, long nowNanos) {
        KeyStripe<V> stripe = leases.stripe(key);
        synchronized (stripe) {
            return insert(stripe, key, value, details, weightBytes, nowNanos, fences.counter());
        }
    }

    /** What the entry counts against the region's bytes; more than there can be if the weigher fails. */
    public long weigh(String key, @Nullable V value, Entry.Details details) {
        try {
            return config.weightBytes(key, value, details);
        } catch (Throwable fault) {
            recorder.weigherFailed(fault);
            return Long.MAX_VALUE;
        }
    }

    /** The check and the insert, one step for the key. To be called with the stripe's monitor held. */
    public StoreResult storeUnder(
            KeyStripe<V> stripe,
            IssuedLease lease,
            @Nullable V value,
            Entry.Details details,
            long weightBytes,
            long nowNanos) {
        Refusal refusal = stripe.refusing(lease, nowNanos);
        if (refusal != null) {
            return StoreResult.refused(refusal);
        }
        long checkedThrough = fences.counter(); // before looking
        if (lease.counter() < checkedThrough && fences.newerThan(lease.counter(), lease.key(), details.tags) != null) {
            return StoreResult.refused(fences.wasResetSince(lease.counter()) ? Refusal.RESET : Refusal.INVALIDATED);
        }
        StoreResult result = insert(stripe, lease.key(), value, details, weightBytes, nowNanos, checkedThrough);
        if (result.isStored()) {
            leases.use(stripe, lease);
        }
        return result;
    }

    private StoreResult insert(
            KeyStripe<V> stripe,
            String key,
            @Nullable V value,
            Entry.Details details,
            long weightBytes,
            long nowNanos,
            long checkedThrough) {
        if (details.hasVersion && stripe.versions.refuses(key, details.version, nowNanos)) {
            return StoreResult.refused(Refusal.VERSION);
        }
        if (weightBytes > Math.min(config.maximumBytes(), Integer.MAX_VALUE)) {
            // The newest value is another one than what is here. The lease had no store: it is good for a smaller form.
            entries.remove(key);
            return StoreResult.refused(Refusal.TOO_LARGE);
        }
        if (config.expiration().lifetimeNanos(details, nowNanos) <= 0) {
            entries.remove(key); // the newest value is over already, and so is what it replaces
        } else {
            entries.put(key, newEntries.of(key, value, details, (int) weightBytes, nowNanos, checkedThrough));
        }
        return StoreResult.stored();
    }

    /** Removes the entry that a load was to replace, if that load was not overtaken. The stripe's monitor is held. */
    public void removeUnder(IssuedLease lease) {
        if (lease.state == IssuedLease.State.LIVE) {
            entries.remove(lease.key());
        }
    }

    // ---- The way of a key's invalidation: its leases and loads, its version, its entry

    /**
     * Invalidates a key.
     *
     * @param version refuse lower versions from now on, and keep an entry at or above it; negative: no version
     */
    public void invalidate(String key, long version, long changedAtNanos, long nowNanos, KeyTally tally) {
        KeyStripe<V> stripe = leases.stripe(key);
        int dropped = 0;
        Entry<V> removed;
        synchronized (stripe) {
            stripe.invalidate(key);
            if (version >= 0) {
                dropped = stripe.versions.raise(key, version, nowNanos);
            }
            removed = version >= 0 && isAtOrAbove(key, version) ? null : entries.take(key, changedAtNanos, nowNanos);
        }
        if (dropped > 0) {
            recorder.versionFencesDropped(dropped);
        }
        if (removed == null) {
            return;
        }
        if (config.expiration().isExpired(removed, nowNanos)) {
            recorder.expired();
            return;
        }
        Fence fence = fences.refusing(key, removed);
        if (fence == null) {
            tally.add(EntryTable.wasStale(removed, changedAtNanos));
        } else {
            entries.evicted(removed, fence);
        }
    }

    private boolean isAtOrAbove(String key, long version) {
        Entry<V> entry = entries.peekRaw(key);
        return entry != null && entry.details().hasVersion && entry.details().version >= version;
    }
}
