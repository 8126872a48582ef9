package dev.freshet.benchmarks.source;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Selector;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Notes when a region's keys were evicted, and where the time from the acceptance on went. */
final class Evictions implements SubscriberListener {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long LOOK_EVERY_NANOS = 200_000;

    private volatile String region = "";
    private volatile AtomicReferenceArray<@Nullable Eviction> evictions = new AtomicReferenceArray<>(0);

    /**
     * One key's.
     *
     * @param atNanos on the monotonic clock
     * @param appendMicros from the publisher's acceptance to the log
     * @param deliveryMicros from the log to the subscriber
     * @param evictMicros from there to the moment that no reader finds it
     */
    record Eviction(long atNanos, long appendMicros, long deliveryMicros, long evictMicros) {}

    /** Forgets everything, and follows these. */
    void begin(Rows rows) {
        evictions = new AtomicReferenceArray<>(rows.count());
        region = rows.region();
    }

    @Override
    public void applied(
            String appliedRegion, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
        long atNanos = System.nanoTime();
        if (!appliedRegion.equals(region)) {
            return;
        }
        long loggedAtMicros = record.header().loggedAtMicros();
        for (Invalidation invalidation : record.body().invalidations()) {
            if (invalidation.selector() instanceof Selector.Keys keys) {
                Eviction eviction = new Eviction(
                        atNanos,
                        loggedAtMicros - invalidation.acceptedAtMicros(),
                        receivedAtMicros - loggedAtMicros,
                        evictedAtMicros - receivedAtMicros);
                for (String key : keys.keys()) {
                    evictions.compareAndSet(Rows.indexOf(key), null, eviction);
                }
            }
        }
    }

    /** Waits for a key's. */
    Eviction await(int index) {
        long sinceNanos = System.nanoTime();
        while (true) {
            Eviction eviction = evictions.get(index);
            if (eviction != null) {
                return eviction;
            }
            if (System.nanoTime() - sinceNanos > PATIENCE_NANOS) {
                throw new IllegalStateException("a change in " + region + " was not evicted within 30 s");
            }
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }
}
