package dev.freshet.tracing;

import static java.util.concurrent.TimeUnit.MICROSECONDS;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.TraceContext;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.List;

/** Makes two spans of each invalidation that a replica applied: its delivery, and within it its eviction. */
final class ReplicaSpans implements SubscriberListener {

    /** A record may carry thousands of changes, and the thread that makes their spans is the one that evicts. */
    static final int MAX_CHANGES = 128;

    private final Tracer tracer;

    ReplicaSpans(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public void applied(
            String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
        List<Invalidation> invalidations = record.body().invalidations();
        int traced = 0;
        for (int i = 0; i < invalidations.size(); i++) {
            traced += invalidations.get(i).trace() == null ? 0 : 1;
        }
        Arrival arrival = new Arrival(
                region, record, receivedAtMicros, evictedAtMicros, replayed, Math.max(0, traced - MAX_CHANGES));
        int made = 0;
        for (int i = 0; made < Math.min(traced, MAX_CHANGES); i++) {
            TraceContext trace = invalidations.get(i).trace();
            if (trace != null) {
                make(arrival, invalidations.get(i), trace);
                made++;
            }
        }
    }

    /** @param omitted how many of its traced changes get no spans */
    private record Arrival(
            String region,
            LoggedRecord record,
            long receivedAtMicros,
            long evictedAtMicros,
            boolean replayed,
            int omitted) {}

    private void make(Arrival arrival, Invalidation invalidation, TraceContext trace) {
        LoggedRecord record = arrival.record();
        long receivedAtMicros = arrival.receivedAtMicros();
        // Each process estimates the clock, so that a short time may seem negative.
        long loggedAtMicros = Math.min(record.header().loggedAtMicros(), receivedAtMicros);
        long evictedAtMicros = Math.max(receivedAtMicros, arrival.evictedAtMicros());
        Context parent = Spans.parent(trace);
        Span deliver = tracer.spanBuilder("freshet deliver")
                .setParent(parent)
                .setSpanKind(SpanKind.CONSUMER)
                .setStartTimestamp(loggedAtMicros, MICROSECONDS)
                .setAttribute(Spans.REGION, arrival.region())
                .setAttribute(Spans.POSITION, record.header().position().toString())
                .setAttribute(Spans.ORIGIN, record.body().origin())
                .setAttribute(Spans.IS_REPLAYED, arrival.replayed())
                .startSpan();
        if (arrival.omitted() > 0) {
            deliver.setAttribute(Spans.OMITTED, (long) arrival.omitted());
        }
        tracer.spanBuilder("freshet evict")
                .setParent(parent.with(deliver))
                .setStartTimestamp(receivedAtMicros, MICROSECONDS)
                .setAttribute(Spans.REGION, arrival.region())
                .setAttribute(Spans.SELECTOR, invalidation.selector().kind().label())
                .setAttribute(
                        Spans.NAMES, (long) invalidation.selector().names().size())
                .startSpan()
                .end(evictedAtMicros, MICROSECONDS);
        deliver.end(evictedAtMicros, MICROSECONDS);
    }
}
