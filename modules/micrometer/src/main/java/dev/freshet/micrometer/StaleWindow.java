package dev.freshet.micrometer;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.TraceContext;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The stale window of one region, in stages. Safe to use from any thread.
 *
 * <p>All moments are on the Redis clock, but each process estimates that clock. So a short stage may be negative; it is recorded
 * as 0 and counted as negative.
 */
final class StaleWindow {

    /** The upper bounds of the buckets: dense in the range of a healthy stale window, sparse up to a minute. */
    private static final long[] BUCKETS_MICROS = {
        50,
        100,
        200,
        300,
        500,
        700,
        1_000,
        1_500,
        2_000,
        3_000,
        5_000,
        7_000,
        10_000,
        20_000,
        50_000,
        100_000,
        200_000,
        500_000,
        1_000_000,
        2_000_000,
        5_000_000,
        10_000_000,
        30_000_000,
        60_000_000
    };

    private record Times(Timer timer, LongAdder negatives) {

        static Times of(Stage stage, MeterGroup meters) {
            LongAdder negatives = new LongAdder();
            meters.counter(
                    "freshet.negative.stages",
                    "Stages of the stale window that were negative and recorded as 0",
                    negatives,
                    LongAdder::sum,
                    "stage",
                    stage.label());
            Timer timer = meters.timer(
                    "freshet.stale.window",
                    "Time from a change at its source to its eviction here, in stages, on the Redis clock",
                    BUCKETS_MICROS,
                    "stage",
                    stage.label());
            return new Times(timer, negatives);
        }

        void record(long micros) {
            if (micros < 0) {
                negatives.increment();
            }
            timer.record(Math.max(0, micros), TimeUnit.MICROSECONDS);
        }
    }

    private final Times source;
    private final Times append;
    private final Times delivery;
    private final Times evict;
    private final Times total;

    /** @param meters have the region's label */
    StaleWindow(MeterGroup meters) {
        source = Times.of(Stage.SOURCE, meters);
        append = Times.of(Stage.APPEND, meters);
        delivery = Times.of(Stage.DELIVERY, meters);
        evict = Times.of(Stage.EVICT, meters);
        total = Times.of(Stage.TOTAL, meters);
    }

    /**
     * Records all stages of each invalidation of a record.
     *
     * @param receivedAtMicros when the record arrived, in microseconds on the Redis clock
     * @param evictedAtMicros since when no reader can find what it names, on the same clock
     */
    void record(LoggedRecord record, long receivedAtMicros, long evictedAtMicros) {
        long loggedAtMicros = record.header().loggedAtMicros();
        for (Invalidation invalidation : record.body().invalidations()) {
            TraceContext trace = invalidation.trace();
            if (trace == null) {
                record(invalidation, loggedAtMicros, receivedAtMicros, evictedAtMicros);
            } else {
                RecordTrace.during(
                        trace, () -> record(invalidation, loggedAtMicros, receivedAtMicros, evictedAtMicros));
            }
        }
    }

    private void record(Invalidation invalidation, long loggedAtMicros, long receivedAtMicros, long evictedAtMicros) {
        source.record(invalidation.acceptedAtMicros() - invalidation.changedAtMicros());
        append.record(loggedAtMicros - invalidation.acceptedAtMicros());
        delivery.record(receivedAtMicros - loggedAtMicros);
        evict.record(evictedAtMicros - receivedAtMicros);
        total.record(evictedAtMicros - invalidation.changedAtMicros());
    }
}
