package dev.freshet.service.trace;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import java.util.concurrent.atomic.LongAdder;

/**
 * Drops spans beyond a bound before the batch processor would: it drops them in silence. Safe to use from any thread.
 */
final class BoundedProcessor implements SpanProcessor {

    private final SpanProcessor processor;
    private final CountedExporter exporter;
    private final int maximum;
    private final LongAdder taken = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    BoundedProcessor(SpanProcessor processor, CountedExporter exporter, int maximum) {
        this.processor = processor;
        this.exporter = exporter;
        this.maximum = maximum;
    }

    LongAdder dropped() {
        return dropped;
    }

    @Override
    public void onStart(Context parentContext, ReadWriteSpan span) {
        processor.onStart(parentContext, span);
    }

    @Override
    public boolean isStartRequired() {
        return processor.isStartRequired();
    }

    @Override
    public void onEnd(ReadableSpan span) {
        if (!span.getSpanContext().isSampled()) {
            return;
        }
        long waiting =
                taken.sum() - exporter.exported().sum() - exporter.refused().sum();
        if (waiting >= maximum) {
            dropped.increment();
        } else {
            taken.increment();
            processor.onEnd(span);
        }
    }

    @Override
    public boolean isEndRequired() {
        return true;
    }

    @Override
    public CompletableResultCode shutdown() {
        return processor.shutdown();
    }

    @Override
    public CompletableResultCode forceFlush() {
        return processor.forceFlush();
    }
}
