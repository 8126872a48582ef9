package dev.freshet.tracing;

import dev.freshet.schema.TraceContext;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;

/** What spans have in common. */
final class Spans {

    static final AttributeKey<String> REGION = AttributeKey.stringKey("freshet.region");
    static final AttributeKey<String> POSITION = AttributeKey.stringKey("freshet.position");
    static final AttributeKey<String> SELECTOR = AttributeKey.stringKey("freshet.selector");
    static final AttributeKey<String> ORIGIN = AttributeKey.stringKey("freshet.origin");
    static final AttributeKey<Long> NAMES = AttributeKey.longKey("freshet.names");
    static final AttributeKey<Long> CHANGES = AttributeKey.longKey("freshet.changes");
    static final AttributeKey<Long> OMITTED = AttributeKey.longKey("freshet.omitted");
    static final AttributeKey<Boolean> IS_REPLAYED = AttributeKey.booleanKey("freshet.replayed");

    private Spans() {}

    static SpanContext contextOf(TraceContext trace) {
        return SpanContext.createFromRemoteParent(
                trace.traceId(), trace.spanIdDigits(), TraceFlags.fromByte(trace.flags()), TraceState.getDefault());
    }

    static Context parent(TraceContext trace) {
        return Context.root().with(Span.wrap(contextOf(trace)));
    }

    /** Returns what a record carries of a span; null if nobody records it. */
    static @Nullable TraceContext traceOf(SpanContext span) {
        return span.isValid() && span.isSampled()
                ? TraceContext.parse("00-" + span.getTraceId() + "-" + span.getSpanId() + "-"
                        + span.getTraceFlags().asHex())
                : null;
    }
}
