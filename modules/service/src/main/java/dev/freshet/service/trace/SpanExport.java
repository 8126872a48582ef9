package dev.freshet.service.trace;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sends spans to an OTLP receiver, from a thread of its own. What the receiver does not take in time is dropped and counted; nobody waits
 * for it.
 */
public final class SpanExport implements AutoCloseable {

    /** So many spans wait at most, of about a kibibyte each. */
    private static final int MAX_WAITING = 4_096;

    private static final int MAX_BATCH = 512;
    private static final long CLOSE_SECONDS = 2;
    private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");
    private static final AttributeKey<String> INSTANCE_ID = AttributeKey.stringKey("service.instance.id");

    private final OpenTelemetrySdk sdk;

    private SpanExport(OpenTelemetrySdk sdk) {
        this.sdk = sdk;
    }

    /**
     * Starts to export. Connects when there is a span.
     *
     * @param instance the name of this process among those of the service
     * @throws IllegalStateException if the file of the headers cannot be used; the message says why
     */
    public static SpanExport start(TracingSettings settings, String instance, MeterRegistry metrics) {
        OtlpHttpSpanExporterBuilder exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(settings.endpoint().toString())
                .setTimeout(settings.timeout())
                .setCompression("gzip");
        headers(settings).forEach(exporter::addHeader);
        CountedExporter counted = new CountedExporter(exporter.build());
        BoundedProcessor processor = new BoundedProcessor(
                BatchSpanProcessor.builder(counted)
                        .setMaxQueueSize(MAX_WAITING)
                        .setMaxExportBatchSize(MAX_BATCH)
                        .setScheduleDelay(500, TimeUnit.MILLISECONDS)
                        .setExporterTimeout(settings.timeout())
                        .build(),
                counted,
                MAX_WAITING);
        count(metrics, "exported", counted.exported());
        count(metrics, "refused", counted.refused());
        count(metrics, "dropped", processor.dropped());
        Resource resource = Resource.create(Attributes.of(SERVICE_NAME, settings.serviceName(), INSTANCE_ID, instance));
        return new SpanExport(OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .setResource(resource)
                        .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(settings.samplePart())))
                        .addSpanProcessor(processor)
                        .build())
                .build());
    }

    private static void count(MeterRegistry metrics, String result, LongAdder spans) {
        FunctionCounter.builder("freshet.spans", spans, LongAdder::sum)
                .description("Spans that were sent to the receiver, that it did not take, or that were dropped before")
                .tag("result", result)
                .register(metrics);
    }

    private static Map<String, String> headers(TracingSettings settings) {
        Map<String, String> headers = new TreeMap<>();
        if (settings.headersFile() != null) {
            List<String> lines;
            try {
                lines = Files.readAllLines(settings.headersFile());
            } catch (IOException e) {
                throw new IllegalStateException(
                        "tracing.headers-file: " + settings.headersFile() + " cannot be read: " + e.getMessage(), e);
            }
            int number = 0;
            for (String line : lines) {
                number++;
                int colon = line.indexOf(':');
                if (colon > 0) {
                    headers.put(
                            line.substring(0, colon).strip(),
                            line.substring(colon + 1).strip());
                } else if (!line.isBlank()) {
                    throw new IllegalStateException("tracing.headers-file: line " + number + " of "
                            + settings.headersFile() + " must be like \"Authorization: Bearer ...\"");
                }
            }
        }
        return headers;
    }

    /** Returns where spans are made. */
    public OpenTelemetry openTelemetry() {
        return sdk;
    }

    /** Sends what waits, and stops. Blocks for two seconds at most. */
    @Override
    public void close() {
        sdk.getSdkTracerProvider().shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS);
    }
}
