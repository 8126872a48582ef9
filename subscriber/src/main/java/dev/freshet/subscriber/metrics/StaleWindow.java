package dev.freshet.subscriber.metrics;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.schema.Invalidation;
import java.util.List;

/**
 * The stale window of one region, stage by stage. One thread records at a time, any thread reads.
 *
 * <p>All moments are on the Redis clock, but each is some process's estimate of it, so a short stage may come out
 * negative: it is recorded as 0 and counted.
 */
final class StaleWindow {

    private final MicrosHistogram source = new MicrosHistogram();
    private final MicrosHistogram append = new MicrosHistogram();
    private final MicrosHistogram delivery = new MicrosHistogram();
    private final MicrosHistogram evict = new MicrosHistogram();
    private final MicrosHistogram total = new MicrosHistogram();

    /** Notes that a record was received and what it names evicted at these moments, in microseconds on the Redis clock. */
    void record(LoggedRecord record, long receivedAtMicros, long evictedAtMicros) {
        long loggedAtMicros = record.header().loggedAtMicros();
        List<Invalidation> invalidations = record.body().invalidations();
        // The record travelled as one: these two stages are the same for all that it holds.
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
