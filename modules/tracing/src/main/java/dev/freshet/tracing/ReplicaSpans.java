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

    private final Tracer tracer;

    ReplicaSpans(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public void applied(
            String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
        List<Invalidation> invalidations = record.body().invalidations();
        for (int i = 0; i < invalidations.size(); i++) {
            Invalidation invalidation = invalidations.get(i);
            TraceContext trace = invalidation.trace();
            if (trace != null) {
                applied(region, record, invalidation, trace, receivedAtMicros, evictedAtMicros, replayed);
            }
        }
    }

    private void applied(
            String region,
            LoggedRecord record,
            Invalidation invalidation,
            TraceContext trace,
            long receivedAtMicros,
            long evictedAtMicros,
            boolean replayed) {
        // Each process estimates the clock, so that a short time may seem negative.
        long loggedAtMicros = Math.min(record.header().loggedAtMicros(), receivedAtMicros);
        Context parent = Spans.parent(trace);
        Span deliver = tracer.spanBuilder("freshet deliver")
                .setParent(parent)
                .setSpanKind(SpanKind.CONSUMER)
                .setStartTimestamp(loggedAtMicros, MICROSECONDS)
                .setAttribute(Spans.REGION, region)
                .setAttribute(Spans.POSITION, record.header().position().toString())
                .setAttribute(Spans.ORIGIN, record.body().origin())
                .setAttribute(Spans.IS_REPLAYED, replayed)
                .startSpan();
        tracer.spanBuilder("freshet evict")
                .setParent(parent.with(deliver))
                .setStartTimestamp(receivedAtMicros, MICROSECONDS)
                .setAttribute(Spans.REGION, region)
                .setAttribute(Spans.SELECTOR, invalidation.selector().kind().label())
                .setAttribute(
                        Spans.NAMES, (long) invalidation.selector().names().size())
                .startSpan()
                .end(Math.max(receivedAtMicros, evictedAtMicros), MICROSECONDS);
        deliver.end(Math.max(receivedAtMicros, evictedAtMicros), MICROSECONDS);
    }
}
