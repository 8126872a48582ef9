package dev.freshet.tracing;

import dev.freshet.FreshetObserver;
import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.SubscriberListener;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;

/**
 * Makes the {@linkplain ChangeSpans spans} of a client: of what it publishes, and of what its open regions evict.
 *
 * <pre>{@code
 * Freshet freshet = Freshet.connect(FreshetConfig.of(uri)
 *         .withObserver(FreshetMetrics.of(registry).andThen(FreshetTracing.of(openTelemetry))));
 * }</pre>
 *
 * <p>Immutable; safe to use from any thread.
 */
public final class FreshetTracing implements FreshetObserver {

    private final ChangeSpans spans;

    private FreshetTracing(ChangeSpans spans) {
        this.spans = spans;
    }

    /** Spans that are made here. */
    public static FreshetTracing of(OpenTelemetry openTelemetry) {
        return new FreshetTracing(ChangeSpans.of(openTelemetry));
    }

    @Override
    public Observation begin() {
        return new Observation() {
            @Override
            public PublisherListener publisherListener() {
                return spans.publisherListener();
            }

            @Override
            public SubscriberListener subscriberListener() {
                return spans.subscriberListener();
            }

            @Override
            public Publisher publisher(Publisher connected) {
                return spans.traced(connected);
            }

            /** It may be published later, on another thread. */
            @Override
            public Change made(Change change) {
                return change.trace() != null
                        ? change
                        : change.withTrace(Spans.traceOf(Span.current().getSpanContext()));
            }
        };
    }
}
