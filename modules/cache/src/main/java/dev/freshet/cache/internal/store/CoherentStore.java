package dev.freshet.cache.internal.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.entry.StaleCopy;
import dev.freshet.cache.internal.fence.Fence;
import dev.freshet.cache.internal.fence.Fences;
import dev.freshet.cache.internal.fence.ResetSpread;
import dev.freshet.cache.internal.fence.VersionFences;
import dev.freshet.cache.internal.upkeep.Sweeper;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
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
 *   <li>A fence is forgotten only when nothing older can ask for it. The {@link Sweeper} reads the counter C, passes through
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

    private static final String[] NO_TAGS = {};

    private final RegionCacheConfig<V> config;
    private final Recorder recorder;
    private final boolean readsAreTimed;
    private final Cache<String, Entry<V>> entries;
    private final Fences fences;
    private final KeyStripe<V>[] stripes;
    private final long life = new SecureRandom().nextLong();
    private final AtomicLong leaseIds = new AtomicLong();
    private final AtomicInteger issuedLeases = new AtomicInteger();
    private final StaleCopies<V> copies;
    private final EntryFactory<V> newEntries;
    private volatile long sparedEntries;

    public CoherentStore(RegionCacheConfig<V> config, Recorder recorder, Executor maintenance) {
        this.config = config;
        this.recorder = recorder;
        this.readsAreTimed = config.readsAreTimed();
        this.fences =
                new Fences(config.maximumBroadInvalidations(), config.policies().failSafeNanos() > 0);
        this.stripes = newStripes(config);
        this.newEntries = new EntryFactory<>(config, life);
        Caffeine<Object, Object> builder = Caffeine.newBuilder().executor(maintenance);
        if (config.isWeighed()) {
            this.entries = builder.maximumWeight(config.maximumBytes())
                    .weigher((String key, Entry<V> entry) -> entry.weightBytes())
                    .evictionListener((key, entry, cause) -> hadToMakeRoom(entry))
                    .build();
        } else {
            this.entries = builder.maximumSize(config.maximumEntries())
                    .evictionListener((key, entry, cause) -> hadToMakeRoom(entry))
                    .build();
        }
        this.copies = new StaleCopies<>(config, entries.asMap(), fences);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic class
    private static <V> KeyStripe<V>[] newStripes(RegionCacheConfig<V> config) {
        int count = config.stripes();
        int fencesEach = (config.maximumVersionFences() + count - 1) / count;
        KeyStripe<V>[] stripes = new KeyStripe[count];
        for (int i = 0; i < count; i++) {
            stripes[i] = new KeyStripe<>(new VersionFences(fencesEach, config.versionFenceRetentionNanos()));
        }
        return stripes;
    }

    private void hadToMakeRoom(@Nullable Object entry) {
        if (entry instanceof StaleCopy<?>) {
            copies.replaced(entry);
        } else {
            recorder.evictedForSize();
        }
    }

    /** Differs from cache to cache; for what should not fall alike everywhere. */
    public long seed() {
        return life;
    }

    public Fences fences() {
        return fences;
    }

    public KeyStripe<V> stripe(String key) {
        int hash = key.hashCode();
        return stripes[(hash ^ (hash >>> 16)) & (stripes.length - 1)];
    }

    public long estimatedSize() {
        return entries.estimatedSize();
    }

    long weightBytes() {
        return entries.policy().eviction().map(e -> e.weightedSize().orElse(0)).orElse(0L);
    }

    public StaleCopies<V> copies() {
        return copies;
    }

    public int issuedLeases() {
        return issuedLeases.get();
    }

    public void cleanUp() {
        entries.cleanUp();
    }

    /** Returns the entry if it may be read now, and stamps it; removes it if it may not. */
    @Nullable
    public Entry<V> read(String key, long nowNanos) {
        Entry<V> entry = entries.getIfPresent(key);
        return entry == null ? null : readAt(key, entry, nowNanos);
    }

    /** The same, but asks the clock only where the answer depends on it: that takes longer than all the rest. */
    @Nullable
    public Entry<V> read(String key) {
        Entry<V> entry = entries.getIfPresent(key);
        if (entry == null) {
            return null;
        }
        return !readsAreTimed && entry.isTimeless() && fences.refusing(key, entry) == null
                ? entry
                : readAt(key, entry, config.time().nanoTime());
    }

    private @Nullable Entry<V> readAt(String key, Entry<V> entry, long nowNanos) {
        if (entry instanceof StaleCopy) {
            return null;
        }
        if (config.expiration().isExpired(entry, nowNanos)) {
            discardExpired(key, entry, nowNanos);
            return null;
        }
        Fence fence = fences.refusing(key, entry);
        if (fence != null) {
            discard(key, entry, fence, nowNanos);
            return null;
        }
        entry.stampRead(nowNanos);
        return entry;
    }

    /** Returns what lies there, valid or not, without a trace. */
    @Nullable
    public Entry<V> peekRaw(String key) {
        return entries.policy().getIfPresentQuietly(key);
    }

    /** The same without a trace: nothing is removed, reported or taken for a use. */
    @Nullable
    public Entry<V> peek(String key, long nowNanos) {
        Entry<V> entry = entries.policy().getIfPresentQuietly(key);
        return entry == null || !isReadable(key, entry, nowNanos) ? null : entry;
    }

    public boolean isReadable(String key, Entry<V> entry, long nowNanos) {
        return !(entry instanceof StaleCopy)
                && !config.expiration().isExpired(entry, nowNanos)
                && fences.refusing(key, entry) == null;
    }

    /** Counts the matching entries among those that can be read now. */
    public long countReadable(long nowNanos, BiPredicate<String, Entry<V>> matches) {
        return entries.asMap().entrySet().stream()
                .filter(mapping -> isReadable(mapping.getKey(), mapping.getValue(), nowNanos)
                        && matches.test(mapping.getKey(), mapping.getValue()))
                .count();
    }

    /** Removes what cannot be read any more; marks the rest as good. */
    public void sweepEntries(long nowNanos) {
        long spared = 0;
        for (Map.Entry<String, Entry<V>> mapping : entries.asMap().entrySet()) {
            String key = mapping.getKey();
            Entry<V> entry = mapping.getValue();
            if (entry instanceof StaleCopy<V> copy) {
                copies.end(key, copy, nowNanos);
                continue;
            }
            if (config.expiration().isExpired(entry, nowNanos)) {
                discardExpired(key, entry, nowNanos);
                continue;
            }
            Fence fence = fences.refusing(key, entry);
            if (fence != null) {
                discard(key, entry, fence, nowNanos);
            } else if (fences.isSpared(entry)) {
                spared++;
            }
        }
        sparedEntries = spared;
    }

    /** How many entries a reset had spared when they were last counted. */
    long sparedEntries() {
        return fences.isSpreading() ? sparedEntries : 0;
    }

    /** Drops everything, or all but what the window spares, and refuses every store whose load began before. */
    public void reset(ResetSpread.@Nullable Window window, long stoppedNanos) {
        fences.reset(window, stoppedNanos);
        sparedEntries = window == null ? 0 : entries.estimatedSize();
    }

    private void discardExpired(String key, Entry<V> entry, long nowNanos) {
        if (copies.bury(key, entry, nowNanos, nowNanos)) {
            recorder.expired();
        }
    }

    private void discard(String key, Entry<V> entry, Fence fence, long nowNanos) {
        if (copies.bury(key, entry, nowNanos, nowNanos)) {
            evicted(entry, fence);
        }
    }

    private void evicted(Entry<V> entry, Fence fence) {
        Fence first = fence.firstAfter(entry.validThrough());
        recorder.evicted(first.cause, 1, wasStale(entry, first.changedAtNanos) ? 1 : 0);
    }

    private static boolean wasStale(Entry<?> entry, long changedAtNanos) {
        return changedAtNanos != Fence.UNKNOWN_NANOS && entry.wasReadSince(changedAtNanos);
    }

    /** Hands out a lease that expires, as misses do. */
    public Lease issue(String key, long nowNanos) {
        KeyStripe<V> stripe = stripe(key);
        Lease lease;
        synchronized (stripe) {
            lease = issueExpiring(stripe, key, nowNanos);
        }
        makeRoomForLeases();
        return lease;
    }

    private Lease issueExpiring(KeyStripe<V> stripe, String key, long nowNanos) {
        Lease lease = newLease(key, true, nowNanos + config.leaseTtlNanos());
        stripe.add(lease);
        issuedLeases.incrementAndGet();
        return lease;
    }

    /** Hands out a lease if no other one of the key is good. */
    public LeaseGrant issueUnlessLoading(String key, long nowNanos) {
        KeyStripe<V> stripe = stripe(key);
        Lease issued;
        synchronized (stripe) {
            for (Lease lease = stripe.newest(key); lease != null; lease = lease.next) {
                long leftNanos = lease.expires ? lease.deadlineNanos - nowNanos : Long.MAX_VALUE;
                if (leftNanos > 0 && isCurrent(lease)) {
                    return new LeaseGrant(null, leftNanos);
                }
            }
            issued = issueExpiring(stripe, key, nowNanos);
        }
        makeRoomForLeases();
        return new LeaseGrant(issued, 0);
    }

    /** Ends a lease that nobody will store under. */
    public void giveBack(Lease lease) {
        KeyStripe<V> stripe = stripe(lease.key());
        synchronized (stripe) {
            use(stripe, lease);
        }
    }

    /** Hands out a lease that ends with its load. To be called with the stripe's monitor held. */
    public Lease issueForLoad(KeyStripe<V> stripe, String key) {
        Lease lease = newLease(key, false, 0);
        stripe.add(lease);
        return lease;
    }

    private Lease newLease(String key, boolean expires, long deadlineNanos) {
        LeaseToken token =
                new LeaseToken(life, fences.generation(), leaseIds.incrementAndGet(), fences.counter(), key.hashCode());
        return new Lease(key, token, expires, deadlineNanos);
    }

    private void makeRoomForLeases() {
        for (int i = 0; i < stripes.length && issuedLeases.get() > config.maximumLeases(); i++) {
            synchronized (stripes[i]) {
                while (issuedLeases.get() > config.maximumLeases() && stripes[i].expireOldest()) {
                    issuedLeases.decrementAndGet();
                    recorder.leaseExpiredEarly();
                }
            }
        }
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
                issuedLeases.addAndGet(stripe.issuedLeases() - before);
                oldest = stripe.oldestCounter(fences.deadThrough(), oldest);
            }
        }
        return oldest;
    }

    public int versionFences() {
        int count = 0;
        for (KeyStripe<V> stripe : stripes) {
            synchronized (stripe) {
                count += stripe.versions.size();
            }
        }
        return count;
    }

    /** Stores under a lease that the caller holds as an object. */
    public StoreResult store(Lease lease, @Nullable V value, StoreOptions options) {
        if (lease.life() != life) {
            return StoreResult.refused(Refusal.FOREIGN);
        }
        long nowNanos = config.time().nanoTime();
        Entry.Details details = Expiration.details(options, config.time(), nowNanos);
        long weightBytes = config.weightBytes(lease.key(), value, details);
        KeyStripe<V> stripe = stripe(lease.key());
        synchronized (stripe) {
            return storeUnder(stripe, lease, value, details, weightBytes, nowNanos);
        }
    }

    /** Stores under a lease that the caller knows as text. */
    public StoreResult store(String key, LeaseToken token, @Nullable V value, StoreOptions options) {
        if (token.life() != life
                || token.keyHash() != key.hashCode()
                || token.id() > leaseIds.get()
                || token.id() <= 0) {
            return StoreResult.refused(Refusal.FOREIGN);
        }
        long nowNanos = config.time().nanoTime();
        Entry.Details details = Expiration.details(options, config.time(), nowNanos);
        long weightBytes = config.weightBytes(key, value, details);
        KeyStripe<V> stripe = stripe(key);
        synchronized (stripe) {
            Lease lease = stripe.issued(token.id());
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
        long weightBytes = config.weightBytes(key, value, details);
        KeyStripe<V> stripe = stripe(key);
        synchronized (stripe) {
            return insert(stripe, key, value, details, weightBytes, nowNanos, fences.counter());
        }
    }

    /** The check and the insert, one step for the key. To be called with the stripe's monitor held. */
    public StoreResult storeUnder(
            KeyStripe<V> stripe,
            Lease lease,
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
            use(stripe, lease);
        }
        return result;
    }

    /** Ends a lease. To be called with the stripe's monitor held. */
    public void use(KeyStripe<V> stripe, Lease lease) {
        int before = stripe.issuedLeases();
        stripe.use(lease);
        issuedLeases.addAndGet(stripe.issuedLeases() - before);
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
            return StoreResult.refused(Refusal.TOO_LARGE);
        }
        if (config.expiration().lifetimeNanos(details, nowNanos) <= 0) {
            copies.replaced(
                    entries.asMap().remove(key)); // the newest value is over already, and so is what it replaces
        } else {
            Entry<V> entry = newEntries.of(key, value, details, (int) weightBytes, nowNanos, checkedThrough);
            copies.replaced(entries.asMap().put(key, entry));
        }
        return StoreResult.stored();
    }

    /** Removes the entry that a load was to replace, if that load was not overtaken. The stripe's monitor is held. */
    public void removeUnder(Lease lease) {
        if (lease.state == Lease.State.LIVE) {
            copies.replaced(entries.asMap().remove(lease.key()));
        }
    }

    /**
     * Invalidates a key.
     *
     * @param version refuse lower versions from now on, and keep an entry at or above it; negative: no version
     */
    public void invalidate(String key, long version, long changedAtNanos, long nowNanos, KeyTally tally) {
        KeyStripe<V> stripe = stripe(key);
        int dropped = 0;
        Entry<V> removed;
        synchronized (stripe) {
            stripe.invalidate(key);
            if (version >= 0) {
                dropped = stripe.versions.raise(key, version, nowNanos);
            }
            removed = version >= 0 && isAtOrAbove(key, version) ? null : copies.take(key, changedAtNanos, nowNanos);
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
            tally.add(wasStale(removed, changedAtNanos));
        } else {
            evicted(removed, fence);
        }
    }

    private boolean isAtOrAbove(String key, long version) {
        Entry<V> entry = entries.policy().getIfPresentQuietly(key);
        return entry != null && entry.details().hasVersion && entry.details().version >= version;
    }

    /** Whether a caller that comes now may share the load: nothing was invalidated since that may concern it. */
    public boolean isCurrent(Lease lease) {
        return lease.state == Lease.State.LIVE
                && !fences.anyTagSince(lease.counter())
                && fences.newerThan(lease.counter(), lease.key(), NO_TAGS) == null;
    }
}
