package dev.freshet.subscriber.metrics;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.schema.Invalidation;
import java.util.List;

/**
 * The stale window of one region, in stages. One thread may record at a time; any thread may read.
 *
 * <p>All moments are on the Redis clock, but each process estimates that clock. So a short stage may be negative; it is recorded
 * as 0 and counted as negative.
 */
final class StaleWindow {

    private final MicrosHistogram source = new MicrosHistogram();
    private final MicrosHistogram append = new MicrosHistogram();
    private final MicrosHistogram delivery = new MicrosHistogram();
    private final MicrosHistogram evict = new MicrosHistogram();
    private final MicrosHistogram total = new MicrosHistogram();

    /**
     * Records all stages of each invalidation of a record.
     *
     * @param receivedAtMicros when the record arrived, in microseconds on the Redis clock
     * @param evictedAtMicros since when no reader can find what it names, on the same clock
     */
    void record(LoggedRecord record, long receivedAtMicros, long evictedAtMicros) {
        long loggedAtMicros = record.header().loggedAtMicros();
        List<Invalidation> invalidations = record.body().invalidations();
        // All invalidations of a record share these two stages.
        delivery.record(receivedAtMicros - loggedAtMicros, invalidations.size());
        evict.record(evictedAtMicros - receivedAtMicros, invalidations.size());
        for (int i = 0; i < invalidations.size(); i++) {
            Invalidation invalidation = invalidations.get(i);
            source.record(invalidation.acceptedAtMicros() - invalidation.changedAtMicros(), 1);
            append.record(loggedAtMicros - invalidation.acceptedAtMicros(), 1);
            total.record(evictedAtMicros - invalidation.changedAtMicros(), 1);
        }
    }

    MicrosHistogram histogram(Stage stage) {
        return switch (stage) {
            case SOURCE -> source;
            case APPEND -> append;
            case DELIVERY -> delivery;
            case EVICT -> evict;
            case TOTAL -> total;
        };
    }
}
