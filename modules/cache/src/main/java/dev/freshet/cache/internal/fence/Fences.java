package dev.freshet.cache.internal.fence;

import dev.freshet.cache.EvictionCause;
import dev.freshet.cache.internal.entry.Entry;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What was invalidated broadly: tags, prefixes, all. An invalidation takes effect in constant time by moving the region's
 * counter. A reader or a store that holds something older than the counter asks here whether an invalidation concerns it.
 * {@code CoherentStore} has the proof.
 *
 * <p>Reads by any thread, without locks; writes serialise on this object's monitor.
 */
public final class Fences {

    /** Refuses what is older than what is remembered here; nobody should hold such a thing any more. */
    private static final Fence FORGOTTEN =
            Fence.after(null, 0, EvictionCause.ALL, Long.MAX_VALUE, Fence.UNKNOWN_NANOS, Fence.UNKNOWN_NANOS);

    private static final VarHandle COUNTER;

    static {
        try {
            COUNTER = MethodHandles.lookup().findVarHandle(Fences.class, "counter", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final int maximum;
    private final boolean remembersMoments;
    private final Map<String, Fence> tags = new ConcurrentHashMap<>();
    private final PrefixFences prefixes = new PrefixFences();

    private volatile long counter = 1;
    private volatile long generation;
    private volatile Fence all = Fence.NONE;
    private volatile long resetThrough;
    private volatile long newestTag;
    private volatile long newestPrefix;
    private volatile long retiredThrough;

    /** What the resets of late have left readable for a while; written before the reset's fence. */
    private volatile @Nullable ResetSpread spread;

    /** What has a lower mark than this is of no use even as a copy: nobody knows since when it is not valid. */
    private volatile long worthlessThrough;

    /** @param remembersMoments whether {@link #stoppedNanos} must be answered, which costs memory until the next sweep */
    public Fences(int maximum, boolean remembersMoments) {
        this.maximum = maximum;
        this.remembersMoments = remembersMoments;
    }

    /** How many broad invalidations took effect. Every one moves it, and only they do. */
    public long counter() {
        return counter;
    }

    /** How many resets there were. */
    public long generation() {
        return generation;
    }

    /** What is older than this is dead, whatever its key and tags. */
    public long deadThrough() {
        return all.counter;
    }

    /** Whether a reset is among what made something of this age dead. */
    public boolean wasResetSince(long since) {
        return resetThrough > since;
    }

    /** Whether any tag was invalidated since: then it concerns, for all one can know, a load that has not named its tags. */
    public boolean anyTagSince(long since) {
        return newestTag > since;
    }

    public int outstanding() {
        return tags.size() + prefixes.size();
    }

    /** Returns what made the entry unreadable, or null if nothing did. One volatile read where nothing was invalidated. */
    @Nullable
    public Fence refusing(String key, Entry<?> entry) {
        long now = counter;
        long since = entry.validThrough();
        if (since >= now) {
            return null;
        }
        Fence fence = newerThan(since, key, entry.details().tags);
        if (fence != null && fence.cause == EvictionCause.RESET) {
            return sparing(fence, key, entry, now);
        }
        if (fence == FORGOTTEN) {
            // A sweep ended meanwhile. If it found the entry good, it left a higher mark; else it removed the entry.
            long marked = entry.validThrough();
            fence = marked > since ? newerThan(marked, key, entry.details().tags) : FORGOTTEN;
        }
        if (fence == null) {
            entry.advanceValidThrough(now);
        }
        return fence;
    }

    /**
     * Returns what makes the entry unreadable that is older than a reset, or null if it is spared until a later moment. Its
     * mark stays below the reset's counter: that is what tells it from what was stored since.
     */
    private @Nullable Fence sparing(Fence reset, String key, Entry<?> entry, long now) {
        long since = entry.validThrough();
        while (true) {
            ResetSpread spared = ResetSpread.covering(spread, since);
            if (spared == null || !spared.spares(key)) {
                return reset;
            }
            Fence fence = namedNewerThan(since, key, entry.details().tags);
            if (fence == null) {
                entry.advanceValidThrough(Math.min(now, spared.counter - 1));
                return null;
            }
            long marked = entry.validThrough();
            if (fence != FORGOTTEN || marked == since) {
                return fence == FORGOTTEN ? reset : fence;
            }
            since = marked; // a sweep found it good meanwhile, see refusing
        }
    }

    /** Whether the entry is older than the last reset: then what is known of it is what was known before that. */
    public boolean isSpared(Entry<?> entry) {
        return entry.validThrough() < resetThrough;
    }

    /** How old the confirmation is that a {@linkplain #isSpared spared} entry still stands on; none any more: the largest. */
    public long sparedAgeNanos(Entry<?> entry) {
        ResetSpread spared = ResetSpread.covering(spread, entry.validThrough());
        return spared == null ? Long.MAX_VALUE : spared.confirmedAgeNanos();
    }

    public boolean isSpreading() {
        return spread != null;
    }

    /**
     * Up to where the fences may be forgotten once all entries were visited, {@code atMost}: what a reset has spared asks for
     * the later ones again on each read. To be called before the visit.
     */
    public synchronized long retirableThrough(long atMost) {
        ResetSpread spared = spread;
        if (spared == null) {
            return atMost;
        }
        if (spared.isOver()) {
            spread = null;
            return atMost;
        }
        return Math.min(atMost, spared.oldestCounter() - 1);
    }

    /** Returns a fence that is newer than {@code since} and concerns this key with these tags, or null. */
    @Nullable
    public Fence newerThan(long since, String key, String[] itsTags) {
        Fence fence = all;
        if (fence.counter > since) {
            return published(fence);
        }
        fence = namedNewerThan(since, key, itsTags);
        return fence == FORGOTTEN && all.counter > since ? published(all) : fence;
    }

    /** Returns a fence of a tag or a prefix that is newer than {@code since} and concerns this key with these tags, or null. */
    private @Nullable Fence namedNewerThan(long since, String key, String[] itsTags) {
        if (itsTags.length > 0 && newestTag > since) {
            for (String tag : itsTags) {
                Fence fence = tags.get(tag);
                if (fence != null && fence.counter > since) {
                    return published(fence);
                }
            }
        }
        if (newestPrefix > since) {
            Fence fence = prefixes.newerThan(since, key);
            if (fence != null) {
                return published(fence);
            }
        }
        // Last: had something been forgotten before the look above, this shows it.
        return retiredThrough > since ? FORGOTTEN : null;
    }

    /**
     * When an entry stopped being valid that is refused, at the latest: the earliest moment of all fences that concern it.
     * {@link Fence#UNKNOWN_NANOS} if that cannot be told.
     */
    public long stoppedNanos(String key, Entry<?> entry) {
        long since = entry.validThrough();
        List<Fence> concerning = new ArrayList<>();
        concerning.add(all);
        for (String tag : entry.details().tags) {
            Fence fence = tags.get(tag);
            if (fence != null) {
                concerning.add(fence);
            }
        }
        prefixes.forEachNewerThan(since, key, concerning::add);
        long stopped = 0;
        boolean isKnown = false;
        for (Fence fence : concerning) {
            if (fence.counter > since) {
                long moment = fence.firstAfter(since).stoppedNanos;
                stopped = isKnown ? Fence.earlierOf(stopped, moment) : moment;
                isKnown = true;
            }
        }
        // Last, see namedNewerThan.
        return isKnown && retiredThrough <= since ? stopped : Fence.UNKNOWN_NANOS;
    }

    /** Whether an entry or a copy of one with this mark is of no use to anybody. */
    public boolean isWorthless(Entry<?> entry) {
        return entry.validThrough() < worthlessThrough;
    }

    /** Invalidates tags. Returns false, having done nothing more, if the memory overflowed: the caller resets. */
    public synchronized boolean invalidateTags(List<String> names, long changedAtNanos, long stoppedNanos) {
        for (String tag : names) {
            Fence earlier = tags.get(tag);
            if (earlier == null && outstanding() >= maximum) {
                return false;
            }
            long next = counter + 1;
            newestTag = next;
            tags.put(tag, Fence.after(earlier, retiredThrough, EvictionCause.TAG, next, changedAtNanos, stoppedNanos));
            advanceTo(next);
        }
        return true;
    }

    /** Invalidates prefixes. Returns false, having done nothing more, if the memory overflowed: the caller resets. */
    public synchronized boolean invalidatePrefixes(List<String> names, long changedAtNanos, long stoppedNanos) {
        for (String prefix : names) {
            Fence earlier = prefixes.get(prefix);
            if (earlier == null && outstanding() >= maximum) {
                return false;
            }
            long next = counter + 1;
            newestPrefix = next;
            prefixes.put(
                    prefix,
                    Fence.after(earlier, retiredThrough, EvictionCause.PREFIX, next, changedAtNanos, stoppedNanos));
            advanceTo(next);
        }
        return true;
    }

    /** Invalidates everything. */
    public synchronized void invalidateAll(long changedAtNanos, long stoppedNanos) {
        spread = null;
        raiseAll(EvictionCause.ALL, changedAtNanos, stoppedNanos);
    }

    /**
     * Invalidates everything, and begins a new generation of leases.
     *
     * @param window how long to spare entries, each until its moment; null: not at all. Leases and loads it never spares
     * @param stoppedNanos since when nothing is proven, or {@link Fence#UNKNOWN_NANOS}, which also forgets all other fences
     */
    public synchronized void reset(ResetSpread.@Nullable Window window, long stoppedNanos) {
        long next = counter + 1;
        spread = window == null ? null : ResetSpread.of(window, all.counter, next, spread);
        generation = generation + 1;
        resetThrough = next;
        if (stoppedNanos == Fence.UNKNOWN_NANOS) {
            worthlessThrough = next;
        }
        raiseAll(EvictionCause.RESET, Fence.UNKNOWN_NANOS, stoppedNanos);
    }

    private void raiseAll(EvictionCause cause, long changedAtNanos, long stoppedNanos) {
        long next = counter + 1;
        all = Fence.after(all, 0, cause, next, changedAtNanos, stoppedNanos);
        advanceTo(next);
        if (spread == null && (!remembersMoments || stoppedNanos == Fence.UNKNOWN_NANOS)) {
            retireThrough(next); // everything they could still refuse is refused by this one
        }
    }

    /**
     * Forgets the tags and prefixes up to a counter. The caller knows that no entry and no lease is older than it, other
     * than such as are refused anyway.
     */
    public synchronized void retireThrough(long through) {
        if (through <= retiredThrough) {
            return;
        }
        retiredThrough = through; // before anything is gone, see newerThan
        tags.values().removeIf(fence -> fence.counter <= through);
        prefixes.removeThrough(through);
    }

    /**
     * Makes sure that a fence which decided something is in force for everyone before that decision is told: its writer may
     * have been interrupted between making it visible and moving the counter.
     */
    private Fence published(Fence fence) {
        advanceTo(fence.counter);
        return fence;
    }

    private void advanceTo(long to) {
        long from = counter;
        while (from < to && !COUNTER.compareAndSet(this, from, to)) {
            from = counter;
        }
    }
}
