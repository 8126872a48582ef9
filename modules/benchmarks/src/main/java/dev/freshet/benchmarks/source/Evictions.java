package dev.freshet.benchmarks.source;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Selector;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Records when the keys of a region were evicted, and the duration of each stage since the acceptance. */
final class Evictions implements SubscriberListener {

    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long POLL_INTERVAL_NANOS = 200_000;

    private volatile String region = "";
    private volatile AtomicReferenceArray<@Nullable Eviction> evictions = new AtomicReferenceArray<>(0);

    /**
     * The eviction of one key.
     *
     * @param atNanos the {@link System#nanoTime} of the eviction
     * @param appendMicros from the publisher's acceptance to the log
     * @param deliveryMicros from the log to the subscriber
     * @param evictMicros from the arrival at the subscriber to the moment that no reader finds the key
     */
    record Eviction(long atNanos, long appendMicros, long deliveryMicros, long evictMicros) {}

    /** Drops all records, and follows these rows. */
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

    /** Returns the eviction of a key. Throws if it is missing after 30 s. */
    Eviction await(int index) {
        long sinceNanos = System.nanoTime();
        while (true) {
            Eviction eviction = evictions.get(index);
            if (eviction != null) {
                return eviction;
            }
            if (System.nanoTime() - sinceNanos > TIMEOUT_NANOS) {
                throw new IllegalStateException(
                        "Row " + index + " of " + region + " was not evicted within 30 s of its change");
            }
            LockSupport.parkNanos(POLL_INTERVAL_NANOS);
        }
    }
}
