package dev.freshet.sources.keyspace;

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
 * What was heard and is not published yet, region by region. A name that is heard twice waits once. Bounded: where a region's
 * names become too many, all of it is invalidated instead. Safe to use from any thread.
 */
final class PendingInvalidations {

    private final int maximumNames;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Region> regions = new LinkedHashMap<>();
    private boolean wake;

    /**
     * A part of it, on its way.
     *
     * @param names how many names it has; all of a region counts as one
     */
    record Taken(String region, Change change, int names) {}

    /** One region's. */
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
     * @param at when it was heard
     * @return whether it was too much, so that all of the region waits now
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

    /** Adds all of some regions, in place of whatever waited of them. */
    void addAll(Collection<String> names, Instant at) {
        names.forEach(name -> add(new Invalidated(name, List.of(Selector.all()), null), at));
    }

    /** Ends a wait. */
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
     * Takes of each region so many names at most, waiting for a first one until woken or the time has passed.
     *
     * @return empty if there is nothing
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
        // A committed change is a fact, whatever it evicts; and so is this.
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

    /** Gives back what could not be published. Returns whether that was too much, so that all of the region waits now. */
    boolean giveBack(Taken taken) {
        Instant at = taken.change().changedAt();
        return add(new Invalidated(taken.region(), taken.change().selectors(), null), at == null ? Instant.MAX : at);
    }

    /** How many names wait. */
    int size() {
        lock.lock();
        try {
            return regions.values().stream().mapToInt(Region::size).sum();
        } finally {
            lock.unlock();
        }
    }
}
