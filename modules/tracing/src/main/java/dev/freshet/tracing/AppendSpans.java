package dev.freshet.tracing;

import static java.util.concurrent.TimeUnit.MICROSECONDS;

import dev.freshet.bus.PublisherListener;
import dev.freshet.schema.Position;
import dev.freshet.schema.TraceContext;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Makes a span of each record: of one of its changes, with links to the others. */
final class AppendSpans implements PublisherListener {

    /** A record may carry thousands of changes. */
    static final int MAX_LINKS = 128;

    private final Tracer tracer;

    AppendSpans(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public void traced(String region, Position at, long loggedAtMicros, long elapsedNanos, List<TraceContext> traces) {
        // The script ran somewhere within the round trip.
        long halfMicros = TimeUnit.NANOSECONDS.toMicros(elapsedNanos) / 2;
        SpanBuilder span = tracer.spanBuilder("freshet append")
                .setParent(Spans.parent(traces.get(0)))
                .setSpanKind(SpanKind.CLIENT)
                .setStartTimestamp(loggedAtMicros - halfMicros, MICROSECONDS)
                .setAttribute(Spans.REGION, region)
                .setAttribute(Spans.POSITION, at.toString())
                .setAttribute(Spans.CHANGES, (long) traces.size());
        traces.stream().skip(1).limit(MAX_LINKS).forEach(other -> span.addLink(Spans.contextOf(other)));
        span.startSpan().end(loggedAtMicros + halfMicros, MICROSECONDS);
    }
}
