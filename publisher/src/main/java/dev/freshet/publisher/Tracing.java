package dev.freshet.publisher;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherListener;
import dev.freshet.tracing.ChangeSpans;
import io.opentelemetry.api.OpenTelemetry;
import org.jspecify.annotations.Nullable;

/**
 * Lets publishers make spans, where spans are wanted.
 *
 * @param spans null: none are
 */
record Tracing(@Nullable ChangeSpans spans) {

    static Tracing of(@Nullable OpenTelemetry traces) {
        return new Tracing(traces == null ? null : ChangeSpans.of(traces));
    }

    PublisherListener heardBy(PublisherListener listener) {
        return spans == null ? listener : listener.andThen(spans.publisherListener());
    }

    Publisher traced(Publisher publisher) {
        return spans == null ? publisher : spans.traced(publisher);
    }
}
