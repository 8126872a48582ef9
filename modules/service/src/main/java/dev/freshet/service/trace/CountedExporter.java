package dev.freshet.service.trace;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.LongAdder;

/** Counts what an exporter could send, and what it could not. Safe to use from any thread. */
final class CountedExporter implements SpanExporter {

    private final SpanExporter exporter;
    private final LongAdder exported = new LongAdder();
    private final LongAdder refused = new LongAdder();

    CountedExporter(SpanExporter exporter) {
        this.exporter = exporter;
    }

    LongAdder exported() {
        return exported;
    }

    LongAdder refused() {
        return refused;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        int count = spans.size();
        CompletableResultCode result = exporter.export(spans);
        return result.whenComplete(() -> (result.isSuccess() ? exported : refused).add(count));
    }

    @Override
    public CompletableResultCode flush() {
        return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return exporter.shutdown();
    }
}
