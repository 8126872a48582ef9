package dev.freshet.service;

import io.prometheus.metrics.tracer.common.SpanContext;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tells the metrics library which span is an example of what it counts: only those that are recorded ever are. */
record ExemplarSpans(Supplier<@Nullable Exemplar> exemplars) implements SpanContext {

    @Override
    public @Nullable String getCurrentTraceId() {
        Exemplar exemplar = exemplars.get();
        return exemplar == null ? null : exemplar.traceId();
    }

    @Override
    public @Nullable String getCurrentSpanId() {
        Exemplar exemplar = exemplars.get();
        return exemplar == null ? null : exemplar.spanId();
    }

    @Override
    public boolean isCurrentSpanSampled() {
        return exemplars.get() != null;
    }

    @Override
    public void markCurrentSpanAsExemplar() {
        // It is recorded anyway.
    }
}
