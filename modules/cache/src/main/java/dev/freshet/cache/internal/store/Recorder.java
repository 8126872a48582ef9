package dev.freshet.cache.internal.store;

import dev.freshet.bus.ResetReason;
import dev.freshet.cache.CacheListener;
import dev.freshet.cache.CacheStats;
import dev.freshet.cache.EvictionCause;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.StoreResult;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what a region does and tells its listener, whose faults end here: counted, and logged once a thousand. */
public final class Recorder {

    /** What was counted; each name is that of the same count in {@link CacheStats}. */
    public record Counts(
            long hits,
            long misses,
            long loads,
            long loadFailures,
            long loadNanos,
            long stores,
            Map<Refusal, Long> refusals,
            long evictedForSize,
            long expired,
            Map<EvictionCause, Long> invalidated,
            long staleHits,
            long staleServings,
            long refreshes,
            long refreshesRejected,
            long loadWaitersRefused,
            long leasesExpiredEarly,
            long versionFencesDropped,
            long listenerFailures,
            long loadTimeouts,
            long loadsTakenOver,
            long loadsRejected,
            long weigherFailures,
            Map<ResetReason, Long> resets) {}

    private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
    private static final int FAILURES_PER_LOG_LINE = 1_000;

    private final String region;
    private final CacheListener listener;

    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder loads = new LongAdder();
    private final LongAdder loadFailures = new LongAdder();
    private final LongAdder loadNanos = new LongAdder();
    private final LongAdder stores = new LongAdder();
    private final LongAdder evictedForSize = new LongAdder();
    private final LongAdder expired = new LongAdder();
    private final LongAdder loadWaitersRefused = new LongAdder();
    private final LongAdder refreshes = new LongAdder();
    private final LongAdder refreshesRejected = new LongAdder();
    private final LongAdder staleServings = new LongAdder();
    private final LongAdder staleHits = new LongAdder();
    private final LongAdder leasesExpiredEarly = new LongAdder();
    private final LongAdder versionFencesDropped = new LongAdder();
    private final LongAdder listenerFailures = new LongAdder();
    private final LongAdder loadTimeouts = new LongAdder();
    private final LongAdder loadsTakenOver = new LongAdder();
    private final LongAdder loadsRejected = new LongAdder();
    private final LongAdder weigherFailures = new LongAdder();
    private final Map<Refusal, LongAdder> refusals = adders(Refusal.class);
    private final Map<EvictionCause, LongAdder> invalidated = adders(EvictionCause.class);
    private final Map<ResetReason, LongAdder> resets = adders(ResetReason.class);

    public Recorder(String region, CacheListener listener) {
        this.region = region;
        this.listener = listener;
    }

    public void loadWaiterRefused() {
        loadWaitersRefused.increment();
    }

    public void refreshed() {
        refreshes.increment();
    }

    public void refreshRejected() {
        refreshesRejected.increment();
    }

    public void loadTimedOut() {
        loadTimeouts.increment();
    }

    public void loadTakenOver() {
        loadsTakenOver.increment();
    }

    public void loadRejected() {
        loadsRejected.increment();
    }

    /** Counts a value that could not be weighed. */
    public void weigherFailed(Throwable fault) {
        weigherFailures.increment();
        if (weigherFailures.sum() % FAILURES_PER_LOG_LINE == 1) {
            LOG.warn("The weigher of region {} failed; the value is not kept", region, fault);
        }
    }

    public void servedStale() {
        staleServings.increment();
    }

    public void hit() {
        hits.increment();
    }

    public void miss() {
        misses.increment();
    }

    /** Counts reads of several keys in one step. */
    public void read(int hit, int missed) {
        hits.add(hit);
        misses.add(missed);
    }

    void evictedForSize() {
        evictedForSize.increment();
    }

    void expired() {
        expired.increment();
    }

    void leaseExpiredEarly() {
        leasesExpiredEarly.increment();
    }

    void versionFencesDropped(int count) {
        versionFencesDropped.add(count);
    }

    void evicted(EvictionCause cause, long count, long stale) {
        if (count > 0) {
            adder(invalidated, cause).add(count);
            tell(() -> listener.evicted(region, cause, count));
        }
        if (stale > 0) {
            staleHits.add(stale);
            tell(() -> listener.staleHits(region, stale));
        }
    }

    /** Passes the result on. */
    public StoreResult stored(StoreResult result) {
        if (result instanceof StoreResult.Refused refused) {
            adder(refusals, refused.reason()).increment();
            tell(() -> listener.storeRefused(region, refused.reason()));
        } else {
            stores.increment();
            tell(() -> listener.stored(region));
        }
        return result;
    }

    public void loaded(long tookNanos, boolean failed) {
        (failed ? loadFailures : loads).increment();
        loadNanos.add(tookNanos);
        tell(() -> listener.loaded(region, tookNanos, failed));
    }

    public void reset(ResetReason reason) {
        adder(resets, reason).increment();
        tell(() -> listener.reset(region, reason));
    }

    private void tell(Runnable call) {
        if (listener == CacheListener.NONE) {
            return;
        }
        try {
            call.run();
        } catch (Throwable fault) {
            listenerFailures.increment();
            if (listenerFailures.sum() % FAILURES_PER_LOG_LINE == 1) {
                LOG.warn("The cache listener of region {} threw an exception; the cache goes on", region, fault);
            }
        }
    }

    /** Returns the counts, read one after the other. */
    public Counts counts() {
        return new Counts(
                hits.sum(),
                misses.sum(),
                loads.sum(),
                loadFailures.sum(),
                loadNanos.sum(),
                stores.sum(),
                sums(refusals),
                evictedForSize.sum(),
                expired.sum(),
                sums(invalidated),
                staleHits.sum(),
                staleServings.sum(),
                refreshes.sum(),
                refreshesRejected.sum(),
                loadWaitersRefused.sum(),
                leasesExpiredEarly.sum(),
                versionFencesDropped.sum(),
                listenerFailures.sum(),
                loadTimeouts.sum(),
                loadsTakenOver.sum(),
                loadsRejected.sum(),
                weigherFailures.sum(),
                sums(resets));
    }

    private static <E extends Enum<E>> Map<E, LongAdder> adders(Class<E> type) {
        Map<E, LongAdder> adders = new EnumMap<>(type);
        for (E constant : type.getEnumConstants()) {
            adders.put(constant, new LongAdder());
        }
        return adders;
    }

    private static <E extends Enum<E>> LongAdder adder(Map<E, LongAdder> adders, E constant) {
        LongAdder adder = adders.get(constant);
        if (adder == null) {
            throw new IllegalStateException("no count for " + constant);
        }
        return adder;
    }

    private static <E extends Enum<E>> Map<E, Long> sums(Map<E, LongAdder> adders) {
        Map<E, Long> sums = new HashMap<>();
        adders.forEach((constant, adder) -> sums.put(constant, adder.sum()));
        return sums;
    }
}
