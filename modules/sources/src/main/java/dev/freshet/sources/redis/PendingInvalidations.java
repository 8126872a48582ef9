package dev.freshet.sources.redis;

import dev.freshet.bus.Change;
import dev.freshet.schema.Limits;
import dev.freshet.schema.Selector;
import dev.freshet.sources.rules.Invalidated;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Collects what events invalidate until it is published, region by region. A name that arrives twice waits once. If more than
 * the maximum number of names of a region wait, the whole region is invalidated instead. Safe to use from any thread.
 */
final class PendingInvalidations {

    private final int maximumNames;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Region> regions = new LinkedHashMap<>();
    private boolean wake;

    /**
     * A part that was taken out to be published.
     *
     * @param names its number of names; a whole region counts as one
     */
    record Taken(String region, Change change, int names) {}

    /** What waits in one region. */
    private static final class Region {
        private final Set<String> keys = new LinkedHashSet<>();
        private final Set<String> tags = new LinkedHashSet<>();
        private final Set<String> prefixes = new LinkedHashSet<>();
        private boolean all;
        private Instant since = Instant.MAX;

        int size() {
            return all ? 1 : keys.size() + tags.size() + prefixes.size();
        }

        void add(List<Selector> selectors, Instant at) {
            since = at.isBefore(since) ? at : since;
            for (Selector selector : selectors) {
                switch (selector.kind()) {
                    case KEYS -> keys.addAll(selector.names());
                    case TAGS -> tags.addAll(selector.names());
                    case PREFIXES -> prefixes.addAll(selector.names());
                    case ALL -> all = true;
                }
            }
            if (all) {
                keys.clear();
                tags.clear();
                prefixes.clear();
            }
        }
    }

    PendingInvalidations(int maximumNames) {
        this.maximumNames = maximumNames;
    }

    /**
     * Adds what an event invalidates.
     *
     * @param at when the event arrived
     * @return whether too many names wait, so that the whole region is invalidated instead
     */
    boolean add(Invalidated invalidated, Instant at) {
        lock.lock();
        try {
            Region region = regions.computeIfAbsent(invalidated.region(), name -> new Region());
            region.add(invalidated.selectors(), at);
            boolean isOverflow = region.size() > maximumNames;
            if (isOverflow) {
                region.add(List.of(Selector.all()), at);
            }
            changed.signalAll();
            return isOverflow;
        } finally {
            lock.unlock();
        }
    }

    /** Adds whole regions. They replace the waiting names of these regions. */
    void addAll(Collection<String> names, Instant at) {
        names.forEach(name -> add(new Invalidated(name, List.of(Selector.all()), null), at));
    }

    /** Ends the wait of {@link #take}. */
    void wake() {
        lock.lock();
        try {
            wake = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes at most this many names of each region. If none waits, waits for the first one, until the time has passed or
     * {@link #wake} is called.
     *
     * @return empty if no name waits
     */
    List<Taken> take(int mostNames, long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (regions.isEmpty() && !wake && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            wake = false;
            List<Taken> taken = new ArrayList<>();
            for (Iterator<Map.Entry<String, Region>> all = regions.entrySet().iterator(); all.hasNext(); ) {
                Map.Entry<String, Region> each = all.next();
                taken.add(take(each.getKey(), each.getValue(), mostNames));
                if (each.getValue().size() == 0) {
                    all.remove();
                }
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private static Taken take(String name, Region region, int mostNames) {
        List<Selector> selectors = new ArrayList<>();
        int names = 0;
        if (region.all) {
            selectors.add(Selector.all());
            region.all = false;
            names = 1;
        } else {
            names += move(region.keys, mostNames, Selector.Keys::new, selectors);
            names += move(region.tags, mostNames - names, Selector.Tags::new, selectors);
            names += move(region.prefixes, mostNames - names, Selector.Prefixes::new, selectors);
        }
        // Forced past broad.maximum-entries: the keys have changed already.
        return new Taken(name, new Change(selectors, region.since, OptionalLong.empty(), false, true), names);
    }

    private static int move(
            Set<String> from, int most, Function<List<String>, Selector> toSelector, List<Selector> selectors) {
        List<String> some = new ArrayList<>();
        int moved = 0;
        for (Iterator<String> names = from.iterator(); names.hasNext() && moved < most; moved++) {
            some.add(names.next());
            names.remove();
            if (some.size() == Limits.MAX_NAMES_PER_SELECTOR) {
                selectors.add(toSelector.apply(List.copyOf(some)));
                some.clear();
            }
        }
        if (!some.isEmpty()) {
            selectors.add(toSelector.apply(List.copyOf(some)));
        }
        return moved;
    }

    /** Puts back what could not be published. Returns whether too many names wait, so that the whole region is invalidated. */
    boolean giveBack(Taken taken) {
        Instant at = taken.change().changedAt();
        return add(new Invalidated(taken.region(), taken.change().selectors(), null), at == null ? Instant.MAX : at);
    }

    /** Returns the number of waiting names of all regions. */
    int size() {
        lock.lock();
        try {
            return regions.values().stream().mapToInt(Region::size).sum();
        } finally {
            lock.unlock();
        }
    }
}
