package dev.freshet.cache.internal.tier;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.internal.region.Backing;
import dev.freshet.cache.internal.upkeep.SelectedName;
import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evictions from the tier that Redis has not confirmed yet. Each is repeated until Redis confirms it.
 *
 * <p>The invariant: between the moment an eviction is added and the moment Redis has confirmed it, no value that it selects is
 * taken from Redis. A read that Redis answered before it evicted, and that is looked at afterwards, is caught by the local
 * eviction that comes in between: it kills the read's local lease.
 *
 * <p>At most {@value #MAXIMUM_NAMES} names wait. If there are more, one eviction of the whole region takes their place, and until
 * Redis confirms it, nothing of the region is read from Redis.
 *
 * <p>Safe to use from any thread. Calls the tier and the local cache without its lock held.
 */
final class UnconfirmedEvictions implements Backing {

    static final int MAXIMUM_NAMES = 100_000;

    /** At most this many names are repeated in one call. */
    private static final int BATCH = 256;

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final Logger LOG = LoggerFactory.getLogger(UnconfirmedEvictions.class);

    /** Evicts from the local cache. */
    interface Local {
        /**
         * Evicts what is selected.
         *
         * @param version entries at or above it stay; negative: none does
         */
        void evict(Selector selector, long version);
    }

    /**
     * What is known of a name that waits.
     *
     * @param stamp grows with each eviction: an attempt confirms only what was added before it was sent
     * @param version entries at or above it stay in the local cache; negative: none does
     * @param isLocal whether the local cache is to be evicted too
     */
    private record Waiting(long stamp, long version, boolean isLocal) {}

    private final RedisTier.Region tier;
    private final Local local;
    private final TimeSource time;
    private final @Nullable ScheduledExecutorService scheduler;
    private final Consumer<LinkageError> broken;
    private final LongAdder retries = new LongAdder();
    private final LongAdder overflows = new LongAdder();

    // All below is guarded by this object's monitor; the volatile is read without it.

    /** In the order of their stamps. */
    private final Map<SelectedName, Waiting> names = new LinkedHashMap<>();

    /** How many prefixes of each length wait. */
    private final Map<Integer, Integer> prefixLengths = new HashMap<>();

    private volatile int pending;
    private long stamp;
    private long pauseNanos = FIRST_PAUSE_NANOS;
    private long retryAtNanos;

    /** What was added up to this stamp, and is still here, is to be sent: again if an attempt that had it failed. */
    private long toSendThrough;

    /** Whether the last attempt failed. */
    private boolean hasFailed;

    /** Whether {@link #retryAtNanos} counts. */
    private boolean isDue;

    private boolean isRetrying;
    private @Nullable Future<?> scheduled;
    private boolean isClosed;

    /**
     * @param scheduler repeats what failed; null: {@link #retry} is called by the owner
     * @param broken is told that a class or method is missing, so that nothing is repeated
     */
    UnconfirmedEvictions(
            RedisTier.Region tier,
            Local local,
            TimeSource time,
            @Nullable ScheduledExecutorService scheduler,
            Consumer<LinkageError> broken) {
        this.broken = broken;
        this.tier = tier;
        this.local = local;
        this.time = time;
        this.scheduler = scheduler;
        this.retryAtNanos = time.nanoTime();
    }

    // ---- Evicting

    /**
     * Evicts from Redis what is selected, and from the local cache once that is done.
     *
     * @param version entries of the local cache at or above it stay; negative: none does
     * @return whether the first attempt succeeded; if not, it is repeated in the background
     */
    CompletableFuture<Boolean> evict(Selector selector, long version) {
        return evict(selector, version, true);
    }

    /** Second evictions come in crowds: they wait here, and many go in one call. */
    @Override
    public void evictAgain(Selector selector, long version) {
        synchronized (this) {
            toSendThrough = addAll(namesOf(selector), version, true);
            if (!isRetrying && !isDue) {
                isDue = true;
                retryAtNanos = time.nanoTime();
            }
        }
        retry();
    }

    @Override
    public void sweep() {
        retry();
    }

    /** Evicts a key from Redis only, because what is there is older than what this process has seen. */
    CompletableFuture<Boolean> evictFromRedis(String key) {
        return evict(Selector.keys(key), -1, false);
    }

    private CompletableFuture<Boolean> evict(Selector selector, long version, boolean isLocal) {
        List<SelectedName> added = namesOf(selector);
        long through;
        synchronized (this) {
            through = addAll(added, version, isLocal);
        }
        return send(added, through).thenApply(done -> {
            if (!done) {
                retryLater(through);
            }
            return done;
        });
    }

    private static List<SelectedName> namesOf(Selector selector) {
        return selector.kind() == Selector.Kind.ALL
                ? List.of(SelectedName.ALL)
                : selector.names().stream()
                        .map(name -> new SelectedName(selector.kind(), name))
                        .toList();
    }

    /** Returns the stamp of what was added. To be called with the monitor held. */
    private long addAll(List<SelectedName> added, long version, boolean isLocal) {
        stamp++;
        added.forEach(name -> add(name, version, isLocal));
        if (names.size() > MAXIMUM_NAMES) {
            overflows.increment();
            names.clear();
            prefixLengths.clear();
            add(SelectedName.ALL, -1, true);
        }
        pending = names.size();
        return stamp;
    }

    /** To be called with the monitor held. */
    private void add(SelectedName name, long version, boolean isLocal) {
        Waiting former = names.remove(name);
        boolean keepsNewer = version >= 0 && (former == null || former.version >= 0);
        long spared = keepsNewer ? Math.max(version, former == null ? 0 : former.version) : -1;
        names.put(name, new Waiting(stamp, spared, isLocal || (former != null && former.isLocal)));
        if (former == null && name.kind() == Selector.Kind.PREFIXES) {
            prefixLengths.merge(name.text().length(), 1, Integer::sum);
        }
    }

    private CompletableFuture<Boolean> send(List<SelectedName> attempted, long through) {
        List<Selector> selectors = new ArrayList<>();
        for (Selector.Kind kind : Selector.Kind.values()) {
            List<String> ofKind = attempted.stream()
                    .filter(name -> name.kind() == kind)
                    .map(SelectedName::text)
                    .toList();
            if (!ofKind.isEmpty()) {
                selectors.add(kind == Selector.Kind.ALL ? Selector.all() : Selector.of(kind, ofKind));
            }
        }
        CompletableFuture<Boolean> answer;
        try {
            answer = tier.evict(selectors);
        } catch (RuntimeException fault) {
            answer = CompletableFuture.failedFuture(fault);
        }
        return answer.handle((gone, fault) -> fault == null && gone && confirmed(attempted, through));
    }

    /** Redis has evicted these names, as far as they were added before. Returns false if the local cache did not follow. */
    private boolean confirmed(List<SelectedName> attempted, long through) {
        try {
            for (SelectedName name : attempted) {
                Waiting waiting;
                synchronized (this) {
                    waiting = names.get(name);
                }
                if (waiting == null || waiting.stamp > through) {
                    continue;
                }
                if (waiting.isLocal) {
                    // Before the name goes: a read that saw the value may be looked at after that.
                    local.evict(name.selector(), waiting.version);
                }
                remove(name, waiting);
            }
            return true;
        } catch (LinkageError fault) {
            close();
            broken.accept(fault);
            return false;
        } catch (RuntimeException | Error fault) {
            LOG.warn(
                    "Region {}: an eviction failed here after Redis had done it; it is repeated", tier.region(), fault);
            return false;
        }
    }

    private synchronized void remove(SelectedName name, Waiting waiting) {
        if (names.remove(name, waiting) && name.kind() == Selector.Kind.PREFIXES) {
            prefixLengths.compute(
                    name.text().length(), (length, count) -> count == null || count == 1 ? null : count - 1);
        }
        pending = names.size();
    }

    // ---- Asking

    /** Whether the key must not be read from Redis. */
    boolean concernsKey(String key) {
        if (pending == 0) {
            return false;
        }
        synchronized (this) {
            if (names.containsKey(SelectedName.ALL) || names.containsKey(new SelectedName(Selector.Kind.KEYS, key))) {
                return true;
            }
            for (int length : prefixLengths.keySet()) {
                if (length <= key.length()
                        && names.containsKey(new SelectedName(Selector.Kind.PREFIXES, key.substring(0, length)))) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Whether a value with these tags must not be taken from Redis. */
    boolean concernsTags(List<String> tags) {
        if (pending == 0) {
            return false;
        }
        synchronized (this) {
            return tags.stream().anyMatch(tag -> names.containsKey(new SelectedName(Selector.Kind.TAGS, tag)));
        }
    }

    /** How many names Redis has not confirmed. */
    int pending() {
        return pending;
    }

    /** How often evictions were repeated. */
    long retries() {
        return retries.sum();
    }

    /** How often there was no room for a name, so that the whole region is evicted. */
    long overflows() {
        return overflows.sum();
    }

    // ---- Repeating

    private synchronized void retryLater(long through) {
        toSendThrough = Math.max(toSendThrough, through);
        hasFailed = true;
        if (!isRetrying && !isDue) {
            isDue = true;
            retryAtNanos = time.nanoTime() + pauseNanos;
            schedule();
        }
    }

    /** To be called with the monitor held. */
    private void schedule() {
        ScheduledExecutorService executor = scheduler;
        if (executor == null || scheduled != null || isClosed) {
            return;
        }
        try {
            scheduled = executor.schedule(
                    this::retryScheduled, Math.max(0, retryAtNanos - time.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException shutDown) {
            isClosed = true;
            LOG.warn(
                    "Region {}: the scheduler of the cache was shut down before the cache: {} names whose eviction Redis has"
                            + " not confirmed are not read from Redis any more",
                    tier.region(),
                    names.size());
        }
    }

    private void retryScheduled() {
        synchronized (this) {
            scheduled = null;
        }
        try {
            retry();
        } catch (LinkageError fault) {
            close();
            broken.accept(fault);
        }
    }

    /** Repeats what Redis has not confirmed, if its time has come. Does not block. */
    @SuppressWarnings("FutureReturnValueIgnored") // it never completes exceptionally, and it goes on by itself
    void retry() {
        List<SelectedName> eldest;
        long through;
        synchronized (this) {
            if (!isDue || isClosed) {
                return;
            }
            if (time.nanoTime() - retryAtNanos < 0) {
                schedule();
                return;
            }
            isDue = false;
            eldest = names.entrySet().stream()
                    .takeWhile(name -> name.getValue().stamp <= toSendThrough)
                    .limit(BATCH)
                    .map(Map.Entry::getKey)
                    .toList();
            if (eldest.isEmpty()) {
                return;
            }
            isRetrying = true;
            through = stamp;
            retries.add(hasFailed ? 1 : 0);
        }
        send(eldest, through).thenAccept(this::retried);
    }

    private void retried(boolean done) {
        synchronized (this) {
            isRetrying = false;
            isDue = true;
            hasFailed = !done;
            pauseNanos = done ? FIRST_PAUSE_NANOS : Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
            retryAtNanos = time.nanoTime() + (done ? 0 : pauseNanos);
        }
        retry();
    }

    /** Repeats nothing any more. What Redis has not confirmed is not read from there any more. */
    @Override
    public synchronized void close() {
        isClosed = true;
        Future<?> last = scheduled;
        if (last != null) {
            last.cancel(false);
        }
    }
}
